//! What a sound contract is read as: packs, variables, defaults, ids, sources.

#![allow(clippy::disallowed_methods, reason = "tests read files and the clock")]

mod support;

use assay_contract::{Kind, Loaded, Project, contract_schema, kind, lint, project_schema, render};
use assay_core::contract::Format;
use assay_core::schedule::Priority;
use assay_core::types::Type;
use assay_core::verdict::Severity;
use support::{Memory, World, no_env};

const HEAD: &str =
    "assay: 1\ntable: silver.orders\nowner: orders@shop.example\nsource: {format: parquet, path: lake/orders}\n";

fn read(world: &World, path: &str, text: &str) -> Loaded {
    world.load(path, text.as_bytes()).unwrap_or_else(|broken| panic!("{broken}"))
}

fn with_head(body: &str) -> Loaded {
    read(&World::with_files(&[]), "checks/silver/orders.yaml", &format!("{HEAD}{body}"))
}

fn problems(world: &World, body: &str) -> String {
    let broken =
        world.load("checks/silver/orders.yaml", format!("{HEAD}{body}").as_bytes()).expect_err("a broken contract");
    render(&broken.problems, &broken.sources)
}

fn ids(loaded: &Loaded) -> Vec<&str> {
    loaded.contract.checks.iter().map(|check| check.id.as_str()).collect()
}

fn project(text: &str) -> Project {
    Project::load("assay.yaml", text.as_bytes(), &no_env, &Memory::default())
        .unwrap_or_else(|broken| panic!("{broken}"))
}

#[test]
fn checks_stand_in_the_order_of_the_contract_with_implied_ones_after_their_column() {
    let loaded = with_head(
        "key: [order_id]\ncolumns:\n  order_id: {type: string, length: {max: 20}}\n  amount: {type: float64, range: {min: 0}, required: true}\n\
         checks:\n  - row_count: {min: 1}\n",
    );
    assert_eq!(
        ids(&loaded),
        [
            "schema",
            "order_id.length",
            "order_id.completeness",
            "amount.range",
            "amount.completeness",
            "amount.nan",
            "key",
            "row_count"
        ]
    );
    assert_eq!(loaded.contract.key, ["order_id"]);
    assert_eq!(loaded.contract.sha256.len(), 64);
}

#[test]
fn key_parts_that_are_not_declared_are_required_too() {
    let loaded = with_head("key: [order_id, line_no]\ncolumns:\n  order_id: string\n");
    assert_eq!(ids(&loaded), ["schema", "order_id.completeness", "line_no.completeness", "key"]);
}

#[test]
fn a_check_knows_the_line_it_was_written_on() {
    let loaded = with_head("columns:\n  id: {type: int64, required: true}\n");
    let check = &loaded.contract.checks[1];
    assert_eq!((&*check.at.path, check.at.line, check.at.column), ("checks/silver/orders.yaml", 6, 21));
}

#[test]
fn packs_lie_under_the_contract_and_keep_their_places() {
    let world = World::with_files(&[
        (
            "checks/packs/audit.yaml",
            "assay: 1\npack: audit\ncolumns:\n  at: {type: \"timestamp[UTC]\", required: true}\nchecks:\n  - row_count: {min: 1}\n  - freshness: {column: at, max_age: 2h}\n",
        ),
        (
            "checks/packs/ids.yaml",
            "assay: 1\npack: ids\nextends: [audit.yaml]\nowner: nobody\ntags: [a, b]\ncolumns:\n  id: {type: int64, range: {min: 1, tolerate: 5}}\n  old: string\n",
        ),
    ]);
    let loaded = read(
        &world,
        "checks/silver/orders.yaml",
        &format!(
            "{HEAD}extends: [../packs/ids.yaml]\ntags: [c]\ncolumns:\n  id: {{range: {{min: 2}}}}\n  old: null\n  new: string\nchecks:\n  - row_count: {{min: 10}}\n  - freshness.at: null\n"
        ),
    );
    assert_eq!(
        loaded.packs().map(|path| &**path).collect::<Vec<_>>(),
        ["checks/packs/ids.yaml", "checks/packs/audit.yaml"]
    );
    let contract = &loaded.contract;
    assert_eq!(contract.owner.as_deref(), Some("orders@shop.example"));
    assert_eq!(contract.tags, ["c"], "lists replace");
    assert_eq!(contract.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["at", "id", "new"]);
    assert_eq!(ids(&loaded), ["schema", "at.completeness", "id.range", "row_count"]);
    let at = |id: &str| {
        contract.checks.iter().find(|check| check.id == id).map(|check| format!("{}:{}", check.at.path, check.at.line))
    };
    assert_eq!(at("at.completeness").as_deref(), Some("checks/packs/audit.yaml:4"));
    assert_eq!(at("row_count").as_deref(), Some("checks/silver/orders.yaml:12"));
}

#[test]
fn a_pack_that_is_missing_does_not_make_its_columns_unknown() {
    let shown =
        problems(&World::with_files(&[]), "extends: [nowhere.yaml]\nschema: {extra_columns: forbid}\nkey: [id]\n");
    assert!(shown.contains("nowhere.yaml") && !shown.contains("unknown column"), "{shown}");
}

#[test]
fn variables_come_from_the_strongest_place() {
    let mut world = World::with_files(&[]);
    world.project = project("assay: 1\ntimezone: Europe/Berlin\nvars: {a: project, b: project, c: project}\n");
    world.vars.insert("a".into(), "command".into());
    world.env.insert("ASSAY__VARS__A".into(), "environment".into());
    world.env.insert("ASSAY__VARS__B".into(), "environment".into());
    let loaded = read(
        &world,
        "orders.yaml",
        &format!(
            "{HEAD}vars: {{c: own, d: own, unused: x}}\ndescription: \"${{a}} ${{b}} ${{c}} ${{d}} ${{date}} ${{now}} $${{a}}\"\n"
        ),
    );
    // 23:30 UTC is the next day in Berlin.
    assert_eq!(
        loaded.contract.description.as_deref(),
        Some("command environment project own 2026-11-21 2026-11-20T23:30:00Z ${a}")
    );
    let vars: Vec<String> = loaded.contract.vars.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        vars,
        ["a=command", "b=environment", "c=project", "d=own", "date=2026-11-21", "now=2026-11-20T23:30:00Z"]
    );
    let warnings: Vec<String> = lint(&loaded).into_iter().map(|problem| problem.message).collect();
    assert!(warnings.contains(&"nothing uses the variable `unused`".to_owned()), "{warnings:?}");
}

#[test]
fn values_are_not_read_again() {
    let mut world = World::with_files(&[]);
    world.vars.insert("a".into(), "${b}".into());
    assert_eq!(
        read(&world, "o.yaml", &format!("{HEAD}description: \"${{a}}\"\n")).contract.description.as_deref(),
        Some("${b}")
    );
}

#[test]
fn values_in_sql_cannot_leave_their_literal() {
    let mut world = World::with_files(&[]);
    world.vars.insert("name".into(), "O'Hara' or 1=1 --".into());
    world.vars.insert("n".into(), "-5".into());
    let rows = |sql: &str| {
        let loaded = read(&world, "o.yaml", &format!("{HEAD}columns: {{n: int64, name: string}}\nrows: \"{sql}\"\n"));
        loaded.contract.rows.expect("rows").0
    };
    assert_eq!(rows("name = '${name}'"), "name = 'O''Hara'' or 1=1 --'");
    assert_eq!(rows("n > 1-${n}"), "n > 1-(-5)");
    for sql in [
        "n = ${name}",
        "name = E'${name}'",
        "\\\"${name}\\\" = 1",
        "n = 1 -- ${n}",
        "n = 1 /* ${n} */",
        "name = $$ ${n}$$",
    ] {
        let shown = problems(&world, &format!("rows: \"{sql}\"\n"));
        assert!(shown.contains("SQL"), "{sql}: {shown}");
    }
}

#[test]
fn a_secret_may_stand_in_the_path_and_is_not_shown_there() {
    let mut world = World::with_files(&[("checks/secret.txt", "vault\n")]);
    world.env.insert("BUCKET".into(), "hush".into());
    let head = "assay: 1\ntable: t\nsource: {format: csv, path: \"lake/${env:BUCKET}/${s}/a.csv\"}\nvars: {s: \"${file:secret.txt}\"}\n";
    let loaded = read(&world, "checks/t.yaml", head);
    assert_eq!(loaded.contract.source.path, "lake/${env:BUCKET}/${s}/a.csv");
    assert_eq!(loaded.contract.source.resolved, std::path::Path::new("checks/lake/hush/vault/a.csv"));
    assert!(loaded.contract.vars.is_empty());
    let broken = world.load("checks/t.yaml", format!("{head}owner: \"${{s}}\"\n").as_bytes()).expect_err("a secret");
    assert!(!broken.to_string().contains("vault"), "{broken}");
}

#[test]
fn severity_comes_from_the_nearest_place() {
    let mut world = World::with_files(&[]);
    let severity = |world: &World, body: &str| {
        let loaded = read(
            world,
            "checks/silver/orders.yaml",
            &format!("{HEAD}{body}columns:\n  id: {{type: int64, range: {{min: 0, severity: fail}}}}\n"),
        );
        let of = |id: &str| loaded.contract.checks.iter().find(|check| check.id == id).map(|check| check.severity);
        assert_eq!(of("id.range"), Some(Severity::Fail));
        (loaded.contract.severity, of("schema").expect("a schema check"))
    };
    assert_eq!(severity(&world, ""), (Severity::Fail, Severity::Fail));
    world.project = project("assay: 1\ndefaults: {severity: warn}\n");
    assert_eq!(severity(&world, ""), (Severity::Warn, Severity::Warn));
    world.project = project("assay: 1\nlayers: {silver: {severity: warn, failed_rows: {keep: 0}}}\n");
    assert_eq!(severity(&world, ""), (Severity::Warn, Severity::Warn));
    assert_eq!(severity(&world, "severity: fail\n"), (Severity::Fail, Severity::Fail));
    let loaded = read(&world, "checks/silver/orders.yaml", &format!("{HEAD}failed_rows: {{mask: [email]}}\n"));
    assert_eq!(
        (loaded.contract.failed_rows.keep, &loaded.contract.failed_rows.mask[..]),
        (0, &["email".to_owned()][..])
    );
}

#[test]
fn formats_are_told_by_the_path() {
    let world = World::with_files(&[]);
    for (path, format, delimiter) in [
        ("a/*.csv.gz", Format::Csv, b','),
        ("a.tsv", Format::Csv, b'\t'),
        ("a.csv.zst", Format::Csv, b','),
        ("a.ndjson", Format::JsonLines, b','),
        ("a.PARQUET", Format::Parquet, b','),
        ("a.feather", Format::ArrowIpc, b','),
    ] {
        let source =
            read(&world, "c.yaml", &format!("assay: 1\ntable: t\nsource: {{path: \"{path}\"}}\n")).contract.source;
        assert_eq!((source.format, source.csv.delimiter), (format, delimiter), "{path}");
    }
}

#[test]
fn columns_say_how_their_cells_are_read() {
    let loaded = read(
        &World::with_files(&[]),
        "c.yaml",
        "assay: 1\ntable: t\nsource: {path: a.csv, timezone: Europe/Berlin, null_values: []}\ncolumns:\n  at: {type: timestamp, timezone: UTC}\n  day: date\n  \
         n: {type: int32, missing: [N/A], parse: {trim: true}}\n  ok: {type: bool, parse: {true: [Y], false: [N]}}\n  amount: {type: \"decimal(12,2)\"}\n  free:\n",
    );
    let column = |name: &str| loaded.contract.columns.iter().find(|column| column.name == name).expect("declared");
    assert_eq!(column("at").read.timezone.as_deref(), Some("UTC"));
    assert_eq!(column("day").read.timezone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(column("n").read.missing, ["N/A"]);
    assert!(column("n").read.text.trim);
    assert_eq!(
        (column("ok").read.text.true_texts.as_slice(), column("ok").read.text.false_texts.as_slice()),
        (&["Y".to_owned()][..], &["N".to_owned()][..])
    );
    assert_eq!(column("amount").ty, Some(Type::Decimal(12, 2)));
    assert_eq!(column("free").ty, None);
    assert!(loaded.contract.source.null_values.is_empty());
}

#[test]
fn lint_warns_of_what_is_probably_not_meant() {
    let text = "assay: 1\ntable: gold.orders\nlayer: silver\nsource: {path: a.parquet}\n";
    let loaded = read(&World::with_files(&[]), "checks/bronze/orders.yaml", text);
    let messages: Vec<String> = lint(&loaded).into_iter().map(|problem| problem.message).collect();
    assert_eq!(
        messages,
        [
            "a silver table without a key: `gold.orders`",
            "no check is written for `gold.orders`",
            "nobody looks after `gold.orders`",
            "`layer:` says layer `silver`, the folder says `bronze`",
        ]
    );
    assert!(lint(&with_head("key: [id]\ncolumns:\n  id: {type: int64, required: true}\n")).is_empty());
}

#[test]
fn a_file_is_told_by_its_keys() {
    for (text, expected) in [
        ("assay: 1\ntable: t\n", Kind::Contract),
        ("assay: 1\npack: p\n", Kind::Pack),
        ("assay: 1\nmonitor: m\n", Kind::Monitor),
        ("assay: 1\nroutes: []\n", Kind::Rules),
        ("apiVersion: v3.0.0\n", Kind::Odcs),
        ("{", Kind::Contract),
    ] {
        assert_eq!(kind(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn assay_yaml_is_read_whole() {
    let read = Project::load(
        "assay.yaml",
        b"assay: 1\nproject: shop\ntimezone: Europe/Berlin\npaths: {checks: quality}\nmask_key: \"${env:KEY}\"\nvars: {lake: lake}\nengine: {memory: 2GiB, threads: 3}\n\
          defaults: {failed_rows: {keep: 7, mask: [email]}, freshness: {skew: 10m}, on_empty: {row_checks: fail, aggregates: pass}}\n",
        &|name| (name == "KEY").then(|| "hush".to_owned()),
        &Memory::default(),
    )
    .unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(
        (read.name.as_deref(), read.timezone.as_str(), read.checks.as_str()),
        (Some("shop"), "Europe/Berlin", "quality")
    );
    assert_eq!(read.mask_key.as_ref().map(|key| key.expose()), Some("hush"));
    assert!(!format!("{read:?}").contains("hush"));
    assert_eq!((read.memory, read.threads, read.skew_seconds), (Some(2 << 30), 3, 600));
    assert_eq!((read.empty_row_checks_pass, read.empty_aggregates_pass, read.failed_rows.keep), (false, true, 7));
}

#[test]
fn schemas_refer_to_nothing_that_is_missing() {
    for schema in [contract_schema(), project_schema()] {
        let text = schema.to_string();
        for reference in text.split("\"$ref\":\"#/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(schema.pointer(&format!("/{reference}")).is_some(), "{reference}");
        }
        assert_eq!(
            text.matches("\"$defs\"").count(),
            usize::from(text.contains("#/$defs/")),
            "definitions stand at the root"
        );
    }
}

#[test]
fn a_schedule_says_when_how_urgent_and_for_how_long() {
    let whole = with_head(
        "schedule: {cron: \"30 6 * * 1-5\", timezone: Europe/Berlin, jitter: 0s, priority: high, timeout: 10m}\n",
    );
    let schedule = whole.contract.schedule.as_ref().expect("a schedule");
    assert_eq!((schedule.jitter_seconds, schedule.priority), (Some(0), Priority::High));
    assert_eq!(schedule.timeout_seconds, Some(600));
    assert_eq!(whole.contract.schedule_zone("UTC").name(), "Europe/Berlin");
    let short = with_head("schedule: \"@daily\"\n").contract;
    let schedule = short.schedule.as_ref().expect("a schedule");
    assert_eq!((schedule.jitter_seconds, schedule.priority, schedule.timeout_seconds), (None, Priority::Normal, None));
    assert_eq!(short.schedule_zone("America/Lima").name(), "America/Lima");
}

#[test]
fn what_a_contract_waits_for_keeps_its_place() {
    let contract = with_head("depends_on: [bronze.orders, fare_eta]\n").contract;
    let shown: Vec<String> = contract
        .depends_on
        .iter()
        .map(|on| format!("{} {}:{}:{}", on.name, on.at.path, on.at.line, on.at.column))
        .collect();
    assert_eq!(shown, ["bronze.orders checks/silver/orders.yaml:5:14", "fare_eta checks/silver/orders.yaml:5:29"]);
    assert!(with_head("").contract.depends_on.is_empty());
    let pack = World::with_files(&[("packs/a.yaml", "assay: 1\npack: a\ndepends_on: [x]\n")]);
    let told = problems(&pack, "extends: [../../packs/a.yaml]\n");
    assert!(told.contains("a pack cannot say `depends_on`"), "{told}");
}
