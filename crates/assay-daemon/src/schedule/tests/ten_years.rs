//! The instants of ten years are those of a table that another program wrote: `tests/tools/schedules/table.py` says how.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::*;

const TABLE: &str = include_str!("../../../../../tests/tools/schedules/ten_years.tsv");
const YEARS: [&str; 11] = ["2026", "2027", "2028", "2029", "2030", "2031", "2032", "2033", "2034", "2035", "2036"];
const ZONES: [&str; 6] =
    ["Africa/Cairo", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Europe/Paris", "UTC"];

struct Row<'a> {
    cron: &'a str,
    zone: &'a str,
    years: Vec<usize>,
    runs: usize,
    sha256: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    let rows = lines.map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [cron, zone, years @ .., runs, sha256] = cells.as_slice() else { panic!("{line}") };
        let count = |cell: &&str| cell.parse().unwrap_or_else(|why| panic!("{line}: {why}"));
        Row { cron, zone, years: years.iter().map(count).collect(), runs: count(runs), sha256 }
    });
    rows.collect()
}

fn check(row: &Row<'_>) {
    let begins: Vec<Millis> = YEARS.map(|year| at(&format!("{year}-01-01T00:00Z"))).to_vec();
    let (mut years, mut text) = (vec![0; row.years.len()], String::new());
    for instant in timetable(row.cron, row.zone).between(begins[0] - 1, begins[10] - 1) {
        years[begins.partition_point(|begin| *begin <= instant) - 1] += 1;
        text.push_str(&format!("{}\n", instant / SECOND));
    }
    let table = TABLE.lines().next().unwrap_or_default();
    let from = format!("`{}` in {}, zones of {}; table: {table}", row.cron, row.zone, chrono_tz::IANA_TZDB_VERSION);
    assert_eq!(years, row.years, "{from}");
    assert_eq!(years.iter().sum::<usize>(), row.runs, "{from}");
    let digest = Sha256::digest(text.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, row.sha256, "{from}");
}

#[test]
fn instants_of_ten_years_are_those_of_the_table() {
    let rows = rows();
    let crons: BTreeSet<&str> = rows.iter().map(|row| row.cron).collect();
    let zones: BTreeSet<&str> = rows.iter().map(|row| row.zone).collect();
    assert!(crons.len() >= 25 && rows.len() == crons.len() * ZONES.len(), "{} rows", rows.len());
    assert_eq!(zones, BTreeSet::from(ZONES));
    // millions of instants
    std::thread::scope(|threads| {
        for half in rows.chunks(rows.len().div_ceil(2)) {
            threads.spawn(|| half.iter().for_each(check));
        }
    });
}
