//! Wrong rules: the exact problem, where, and what next.

use super::support::{check, read, warned, whole, wrong};

#[test]
fn keys_that_nobody_knows_are_told_with_the_nearest_one() {
    check("receiver: {}\n", &["3:1: unknown key `receiver` in rules; did you mean `receivers`?"]);
    check(
        "receivers: [a]\nroute: a\n",
        &[
            "3:12: `receivers` is a mapping of keys to values, not a list; write `name: ..` instead of `- name`",
            "4:8: `route` is a mapping of keys to values, not `a`",
        ],
    );
    check(
        "sections: {}\nroutes: []\n",
        &[
            "3:1: unknown key `sections` in rules; known here: `assay`, `rules`, `external_url`, `allow_private`, `defaults`, `mute_times`, `receivers`, `inhibit`, `route`",
            "4:1: unknown key `routes` in rules; did you mean `route`?",
        ],
    );
}

#[test]
fn settings_of_all_rules() {
    wrong(
        "route: {receiver: [a, b]}\nexternal_url: assay.example.com\n",
        &[
            "5:15: `external_url` is not an address that browsers open; as in `https://assay.example.com`: scheme and host, without a user, `?` or `#`",
        ],
    );
    wrong(
        "route: {receiver: [a, b]}\nexternal_url: \"https://user:hush@assay.example.com\"\n",
        &[
            "5:15: `external_url` is not an address that browsers open; as in `https://assay.example.com`: scheme and host, without a user, `?` or `#`",
        ],
    );
    wrong("route: {receiver: [a, b]}\nexternal_url: [x]\n", &["5:15: `external_url` is a text, not a list"]);
    wrong(
        "route: {receiver: [a, b]}\nallow_private: 10.0.0.0/8\n",
        &["5:16: `allow_private` is a list, not `10.0.0.0/8`; write [10.0.0.0/8]"],
    );
    wrong(
        "route: {receiver: [a, b]}\nallow_private: [10.0.0.1/8, localhost, \"::ffff:10.0.0.1\"]\n",
        &[
            "5:17: bits beyond the first 8 are set: `10.0.0.1/8`; did you mean `10.0.0.0/8`, or `10.0.0.1` alone?",
            "5:29: a network is an address, or an address and how many of its bits count: `localhost`; as in `10.0.0.0/8`, `192.168.1.5`, `::1` or `fd00::/8`",
            "5:40: an IPv4 address that is written as IPv6 is compared as IPv4: `::ffff:10.0.0.1`; write it as `10.0.0.1`",
        ],
    );
    wrong(
        "route: {receiver: [a, b]}\ndefaults: {confirm: {fail: 0, recovr: 1}, reopen: 24, x: 1}\n",
        &[
            "5:28: `confirm.fail` is a whole number from 1 to 100, not `0`",
            "5:31: unknown key `recovr` in `confirm`; did you mean `recover`?",
            "5:51: `reopen` is a length of time such as `5m` (s, m, h, d, w), not `24`; give the unit: `24m` is minutes",
            "5:55: unknown key `x` in `defaults`; known here: `confirm`, `reopen`",
        ],
    );
    wrong(
        "route: {receiver: [a, b]}\ndefaults: {confirm: 3, reopen: 9999d}\n",
        &[
            "5:21: `confirm` is a mapping of keys to values, not `3`",
            "5:32: `reopen` is from `0s` to `366d`, not `9999d`",
        ],
    );
}

#[test]
fn receivers_are_of_one_kind_that_can_be_built() {
    check(
        "receivers: {a: {}}\nroute: {receiver: a}\n",
        &["3:16: receiver `a` does not say how it is told; by one of `email`, `webhook`"],
    );
    check(
        "receivers: {a: {fallback: b}}\nroute: {receiver: a}\n",
        &[
            "3:16: receiver `a` does not say how it is told; by one of `email`, `webhook`",
            "3:27: there is no receiver `b`; did you mean `a`?",
        ],
    );
    check(
        "receivers: {a: {emial: {to: x}}}\nroute: {receiver: a}\n",
        &["3:17: unknown key `emial` of a receiver; did you mean `email`?"],
    );
    check(
        "receivers: {a: {email: {to: x}, webhook: {to: x}}}\nroute: {receiver: a}\n",
        &["3:33: receiver `a` has more than one kind; make two receivers; a route can name both: `receiver: [a, b]`"],
    );
    check(
        "receivers: {a: {email: }}\nroute: {receiver: a}\n",
        &["3:17: `email` has no settings; as in `email: {to: x}`"],
    );
    check(
        "receivers: {a: email}\nroute: {receiver: a}\n",
        &["3:16: receiver `a` is a mapping of keys to values, not `email`"],
    );
    check(
        "receivers: {a: {email: {too: x}}, b: {email: {url: \"${env:NOWHERE}\", connection: mial}}}\nroute: {receiver: [a, b]}\n",
        &[
            "3:25: unknown key `too`: `x`",
            "3:52: environment variable is not set: `NOWHERE`",
            "3:82: assay.yaml has no connection `mial`",
        ],
    );
    check(
        "receivers: {\"\": {email: {to: x}}, \"a\\tb\": {email: {to: x}}}\nroute: {receiver: \"a\\tb\"}\n",
        &[
            "3:13: a receiver cannot have this name: ``; 1 to 100 characters that can be seen",
            "3:35: a receiver cannot have this name: `a	b`; 1 to 100 characters that can be seen",
        ],
    );
}

#[test]
fn fallbacks_lead_to_somebody_else_who_is_told_at_once() {
    check(
        "receivers: {a: {email: {to: x}, fallback: a}}\nroute: {receiver: a}\n",
        &["3:43: receiver `a` is its own fallback; name another receiver, which does not fail for the same reason"],
    );
    check(
        "receivers: {a: {email: {to: x}, fallback: c}, c: {email: {to: x}, fallback: b}, b: {email: {to: x}, fallback: a}}\nroute: {receiver: a}\n",
        &["3:43: fallbacks go in a circle: a, c, b, a; the last one has no fallback"],
    );
    check(
        "receivers: {a: {email: {to: x}, fallback: oncal}, oncall: {email: {to: x}}}\nroute: {receiver: [a, oncall]}\n",
        &["3:43: there is no receiver `oncal`; did you mean `oncall`?"],
    );
    check(
        "receivers: {a: {email: {to: x}, fallback: b}, b: {email: {to: x, digest: daily}}}\nroute: {receiver: a}\n",
        &[
            "3:43: a fallback cannot wait, and receiver `b` gets a digest; name a receiver that is told at once; two may have the same address",
        ],
    );
}

#[test]
fn digests_are_of_mails_and_have_a_time() {
    check(
        "receivers: {a: {webhook: {to: x, digest: daily}}}\nroute: {receiver: a}\n",
        &[
            "3:34: `webhook` has no digest: only `email` has; remove it; a route's `repeat_interval` says how often it is told",
        ],
    );
    check(
        "receivers: {a: {email: {to: x, digest: montly}}}\nroute: {receiver: a}\n",
        &["3:40: `digest` is `none` or `daily` or `weekly`, not `montly`"],
    );
    check(
        "receivers: {a: {email: {to: x, digest: {at: \"08:00\"}}}}\nroute: {receiver: a}\n",
        &["3:40: a digest says how often it comes, and `every` is missing; `every: daily` or `every: weekly`"],
    );
    check(
        "receivers: {a: {email: {to: x, digest: {every: daily, at: \"Mon 08:00\"}}}}\nroute: {receiver: a}\n",
        &[r#"3:59: a daily digest has no day of the week: `Mon 08:00`; `at: "08:00"`, or `every: weekly`"#],
    );
    check(
        "receivers: {a: {email: {to: x, digest: {every: weekly, at: \"Mo 8:00\", timezone: Berlin, zone: x}}}}\nroute: {receiver: a}\n",
        &[
            r#"3:60: `at` is a time of day such as "Mon 08:00", not `Mo 8:00`; hours and minutes, "00:00" to "23:59", in quotes"#,
            "3:81: unknown time zone `Berlin`; did you mean `Europe/Berlin`?",
            "3:89: unknown key `zone` of a digest; known here: `every`, `at`, `timezone`",
        ],
    );
    check(
        "receivers: {a: {email: {to: x, digest: {every: daily, at: \"24:00\"}}}}\nroute: {receiver: a}\n",
        &[
            r#"3:59: `at` is a time of day such as "08:00", not `24:00`; hours and minutes, "00:00" to "23:59", in quotes"#,
        ],
    );
    check(
        "receivers: {a: {email: {to: x, digest: [daily]}}}\nroute: {receiver: a}\n",
        &["3:40: `digest` is `none` or `daily` or `weekly`, not a list"],
    );
}

#[test]
fn what_is_allowed_but_not_meant_is_warned_of() {
    warned(
        "route: {receiver: a}\nmute_times: {night: [{days: [sat]}]}\n",
        &[
            "3:34: nothing leads to receiver `b`; name it in a route, or remove it",
            "5:14: no route is muted by `night`; name it under `mute` of a route, or remove it",
        ],
    );
    warned(
        "route: {receiver: [a, b], routes: [{match: [layer=gold]}, {match: [layer=gold, severity=fail]}, {}, {match: [layer=silver]}]}\n",
        &[
            "4:59: this route is never reached: that at rules/0.yaml:4:36 takes all that it matches, and does not continue; put it before that one, or add `continue: true` there",
            "4:101: this route is never reached: that at rules/0.yaml:4:97 takes all that it matches, and does not continue; put it before that one, or add `continue: true` there",
        ],
    );
    warned("route: {receiver: [a, b], routes: [{match: [layer=gold], continue: true}, {match: [layer=gold]}]}\n", &[]);
    warned(
        "route: {receiver: [a, b], routes: [{match: [layer=gold, tag=x], routes: [{match: [tag=y]}, {match: [layer=silver]}]}]}\n",
        &[
            r#"4:92: this route is never reached: it asks for `layer="silver"`, and one above it for `layer="gold"`; move it up, or correct one of the two"#,
        ],
    );
    warned(
        "route: {receiver: [a, b]}\nallow_private: [0.0.0.0/0]\n",
        &[
            "5:17: every address may be called, those of cloud metadata too: `0.0.0.0/0`; name the networks that receivers are in, as in `10.1.0.0/16`",
        ],
    );
    warned(
        "route: {receiver: [a, b]}\ninhibit: [{source: [layer=gold], target: []}]\n",
        &[
            "5:11: one incident that matches the source mutes all others; say which: `target`, `equal` or `along: depends_on`",
        ],
    );
}

#[test]
fn what_is_there_twice_is_told_with_both_places() {
    let first = whole(
        "external_url: https://a.example\nreceivers: {a: {email: {to: x}}}\nroute: {receiver: a, mute: [n]}\nmute_times: {n: [{days: [sat]}]}\ndefaults: {}\n",
    );
    let second = whole(
        "external_url: https://b.example\nreceivers: {a: {email: {to: x}}}\nroute: {receiver: a}\nmute_times: {n: [{days: [sun]}]}\ndefaults: {}\n",
    );
    let expected = [
        "rules/1.yaml:3:1: `external_url` is there twice, first at rules/0.yaml:3:1; keep one of the two",
        "rules/1.yaml:4:13: receiver `a` is defined twice, first at rules/0.yaml:4:13; rename one of the two, or keep one",
        "rules/1.yaml:5:1: `route` is there twice, first at rules/0.yaml:5:1; keep one of the two",
        "rules/1.yaml:6:14: mute time `n` is defined twice, first at rules/0.yaml:6:14; rename one of the two, or keep one",
        "rules/1.yaml:7:1: `defaults` is there twice, first at rules/0.yaml:7:1; keep one of the two",
    ];
    assert_eq!(read(&[&first, &second]).problems(), expected);
}

#[test]
fn fallbacks_in_a_circle_are_seen_across_files() {
    let first = whole("receivers: {a: {email: {to: x}, fallback: b}}\nroute: {receiver: a}\n");
    let second = whole("receivers: {b: {email: {to: x}, fallback: a}}\n");
    let expected = ["rules/0.yaml:3:43: fallbacks go in a circle: a, b, a; the last one has no fallback"];
    assert_eq!(read(&[&first, &second]).problems(), expected);
}

#[test]
fn a_file_without_a_name_says_so() {
    let expected = ["rules/0.yaml:1:1: `rules` is missing; say what these rules are called: `rules: alerts`"];
    assert_eq!(read(&["assay: 1\nreceivers: {}\n"]).problems(), expected);
}

#[test]
fn there_is_an_end_to_everything() {
    let many = |from: &str, each: &dyn Fn(usize) -> String, count: usize, to: &str| {
        let items: Vec<String> = (0..count).map(each).collect();
        whole(&format!("{from}{}{to}\n", items.join(",\n")))
    };
    let last = |text: &str| read(&[text]).problems().pop().expect("a problem");
    let receivers = many("receivers: {", &|n| format!("r{n}: {{email: {{to: x}}, fallback: r{}}}", n + 1), 2_000, "}");
    assert!(read(&[&receivers]).problems().iter().any(|problem| problem.contains("there are more than 500 receivers")));
    let circle = many("receivers: {", &|n| format!("r{n}: {{x: y, fallback: r{}}}", (n + 1) % 500), 500, "}");
    assert_eq!(read(&[&circle]).problems().len(), 500);
    let unknown = many(
        &format!("{}route: {{receiver: [", "receivers: {a: {email: {to: x}}}\n"),
        &|n| format!("r{n}"),
        9_000,
        "]}",
    );
    assert_eq!(read(&[&unknown]).problems().len(), 500);
    let networks = many("allow_private: [", &|n| format!("10.{}.{}.0/24", n / 250, n % 250), 9_000, "]");
    assert!(last(&networks).contains("there are more than 500 networks"));
    let routes = many(
        "receivers: {a: {email: {to: x}}}\nroute: {receiver: a, routes: [",
        &|n| format!("{{match: ['column=\"{n}\"']}}"),
        1_200,
        "]}",
    );
    assert!(last(&routes).contains("there are more than 1000 routes"));
    let inhibitions =
        many("inhibit: [", &|n| format!("{{source: ['column=\"{n}\"'], target: [layer=gold]}}"), 300, "]");
    assert!(last(&inhibitions).contains("there are more than 200 inhibitions"));
    let entries = many("mute_times: {n: [", &|_| "{days: [sat]}".to_owned(), 300, "]}");
    assert!(last(&entries).contains("has from 1 to 100 entries, not 300"));
    let matchers = many("inhibit: [{target: [], source: [", &|_| "layer=gold".to_owned(), 33, "]}]");
    assert!(last(&matchers).contains("`source` has at most 32 matchers"));
}

#[test]
fn a_digest_that_only_comes_while_the_route_is_quiet_is_warned_of() {
    let warnings = |digest: &str, mute: &str| {
        let text = format!(
            "receivers: {{a: {{email: {{to: x, digest: {digest}}}}}}}\nroute: {{receiver: a, mute: [n]}}\nmute_times: {{n: [{mute}]}}\n"
        );
        let outcome = read(&[&whole(&text)]);
        assert_eq!(outcome.problems(), Vec::<String>::new());
        outcome.warnings()
    };
    let quiet = "rules/0.yaml:4:28: receiver `a` gets its digest while this route is quiet; \
        let the digest come at another time, or `mute: []`: the digest can wait itself";
    assert_eq!(warnings("daily", "{times: [\"06:00-09:00\"]}"), [quiet]);
    assert_eq!(warnings("weekly", "{days: [mon]}"), [quiet]);
    assert_eq!(warnings("daily", "{days: [mon-sat]}"), Vec::<String>::new());
    assert_eq!(warnings("weekly", "{days: [tue], times: [\"06:00-09:00\"]}"), Vec::<String>::new());
}
