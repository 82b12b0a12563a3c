//! Wrong routes, inhibitions and mute times: the exact problem, where, and what next.

use super::support::{check, wrong};

#[test]
fn routes_say_whom_when_and_how_often() {
    wrong(
        "route: {reciever: a}\n",
        &[
            "4:1: the root route has no `receiver`: it takes what no other route takes; receivers are `a`, `b`",
            "4:9: unknown key `reciever` of a route; did you mean `receiver`?",
        ],
    );
    wrong(
        "route: {receiver: a, match: [layer=gold], continue: true}\n",
        &[
            "4:22: the root route has no `match`: every incident comes to it; put it into one of its `routes`",
            "4:43: the root route has no `continue`: every incident comes to it; put it into one of its `routes`",
        ],
    );
    wrong(
        "route: {receiver: a, routes: [{match: layer=gold, receiver: c}, {match: [], receiver: []}, {continue: yes, receiver: [b, b]}]}\n",
        &[
            "4:39: `match` is a list of matchers, not `layer=gold`; write [layer=gold]",
            "4:61: there is no receiver `c`; did you mean `a`?",
            "4:73: `match` is empty; leave it out for a route that any incident matches",
            "4:87: `receiver` is empty; receivers are `a`, `b`",
            "4:103: `continue` is true or false, not `yes`; write true",
            "4:122: receiver `b` is there twice; remove one of the two",
        ],
    );
    wrong(
        "route: {receiver: a, routes: []}\n",
        &[
            r#"4:30: `routes` is empty; add a route as in `{match: [severity="fail"], receiver: NAME}`, or leave it out"#,
        ],
    );
    wrong(
        "route: {receiver: a, routes: {match: [layer=gold]}}\n",
        &["4:30: `routes` is a list, not a mapping; write each item as `- ..`"],
    );
    wrong(
        "route: [a]\n",
        &["4:8: `route` is a mapping of keys to values, not a list; write `name: ..` instead of `- name`"],
    );
    wrong("route:\n", &["4:6: `route` is a mapping of keys to values, not nothing"]);
    wrong(
        "route: {receiver: a, group_by: contract}\n",
        &["4:32: `group_by` is a list, not `contract`; write [contract]"],
    );
    wrong(
        "route: {receiver: a, group_by: [contrct, layer, layer, ..., instance]}\n",
        &[
            "4:56: `...` is each incident alone, and no label beside it tells more apart; write `[...]`, or the labels alone",
        ],
    );
    wrong(
        "route: {receiver: a, group_by: [contrct, layer, layer, instance]}\n",
        &[
            "4:33: unknown label `contrct`; did you mean `contract`?",
            "4:49: label `layer` is there twice; remove one of the two",
            "4:56: unknown label `instance`; labels are contract, monitor, check, column, segment, layer, owner, severity, outcome, tag, model",
        ],
    );
    wrong(
        "route: {receiver: a, group_wait: 30, group_interval: 0s, repeat_interval: 2y}\n",
        &[
            "4:34: `group_wait` is a length of time such as `5m` (s, m, h, d, w), not `30`; give the unit: `30m` is minutes",
            "4:54: `group_interval` is from `1s` to `30d`, not `0s`",
            "4:75: `repeat_interval` is a length of time such as `5m` (s, m, h, d, w), not `2y`",
        ],
    );
    wrong("route: {receiver: a, group_wait: 2d}\n", &["4:34: `group_wait` is from `0s` to `1d`, not `2d`"]);
    wrong(
        "route: {receiver: a, group_interval: 5h}\n",
        &[
            "4:38: `repeat_interval` (4h) is shorter than `group_interval` (5h); a group is not told more often than its interval: raise the one or lower the other",
        ],
    );
    wrong(
        "route: {receiver: a, repeat_interval: 10m, routes: [{receiver: b, group_interval: 15m}]}\n",
        &[
            "4:83: `repeat_interval` (10m) is shorter than `group_interval` (15m); a group is not told more often than its interval: raise the one or lower the other",
        ],
    );
    wrong(
        "route: {receiver: a, mute: [night], send_resolved: 1}\n",
        &[
            "4:29: there is no mute time `night`; there are no mute times: add them under `mute_times:`",
            "4:52: `send_resolved` is true or false, not `1`; write true",
        ],
    );
    wrong(
        "route: {receiver: a, mute: night}\nmute_times: {nights: [{days: [sat]}]}\n",
        &["4:28: `mute` is a list, not `night`; write [night]"],
    );
    wrong(
        "route: {receiver: a, mute: [nigts, nights, nights]}\nmute_times: {nights: [{days: [sat]}]}\n",
        &[
            "4:29: there is no mute time `nigts`; did you mean `nights`?",
            "4:44: mute time `nights` is there twice; remove one of the two",
        ],
    );
}

#[test]
fn matchers_are_told_with_the_place_inside_their_text() {
    wrong(
        "route:\n  receiver: a\n  routes:\n    - {receiver: b, match: [severty=fail]}\n    - {receiver: b, match: [layer=gold, 'owner=~\"(\"']}\n    - {receiver: b, match: [column=\"a, b\"]}\n",
        &[
            "7:29: unknown label `severty`; did you mean `severity`?",
            r#"8:49: this is no regular expression: unclosed group; a matcher is a label, one of `=`, `!=`, `=~`, `!~`, and a value: `severity="fail"`"#,
            r#"9:36: the closing `"` is missing; a matcher with a comma or with ` #` is put in single quotes: 'column="a, b"'"#,
            "9:40: unknown label `b`; labels are contract, monitor, check, column, segment, layer, owner, severity, outcome, tag, model",
        ],
    );
    wrong(
        "route: {receiver: a, routes: [{receiver: b, match: [{severity: fail}, [x], \"severity=\", layer ]}]}\n",
        &[
            r#"4:53: a matcher is a text, not a mapping; write 'severity="fail"'"#,
            r#"4:71: a matcher is a text, not a list; as in `severity="fail"`"#,
            r#"4:86: a value is expected; an empty one is `""`; a matcher is a label, one of `=`, `!=`, `=~`, `!~`, and a value: `severity="fail"`"#,
            r#"4:94: one of `=`, `!=`, `=~`, `!~` is expected after the label; a matcher is a label, one of `=`, `!=`, `=~`, `!~`, and a value: `severity="fail"`"#,
        ],
    );
}

#[test]
fn escalations_tell_somebody_else() {
    wrong(
        "route: {receiver: a, escalate: {to: b}}\n",
        &["4:32: `escalate` has no `after`; how long nobody took care: `after: 30m`"],
    );
    wrong(
        "route: {receiver: a, escalate: {after: 10s, unless: acked, to: c, x: 1}}\n",
        &[
            "4:40: `after` is from `1m` to `30d`, not `10s`",
            "4:53: `unless` is `acknowledged`, not `acked`",
            "4:64: there is no receiver `c`; did you mean `a`?",
            "4:67: unknown key `x` of `escalate`; known here: `after`, `unless`, `to`",
        ],
    );
    wrong(
        "route: {receiver: a, escalate: b}\n",
        &[
            "4:32: `escalate` is `none` or says when and to whom, not `b`; as in `escalate: {after: 30m, unless: acknowledged, to: ops-mail}`",
        ],
    );
    wrong(
        "route: {receiver: a, escalate: {after: 1h, to: a}}\n",
        &[
            "4:48: this route tells receiver `a` anyway; escalate to somebody else; `repeat_interval` tells the same one again",
        ],
    );
    wrong(
        "receivers_: {}\nroute: {receiver: a, escalate: {}}\n",
        &[
            "4:1: unknown key `receivers_` in rules; did you mean `receivers`?",
            "5:32: `escalate` has no `after`; how long nobody took care: `after: 30m`",
            "5:32: `escalate` has no `to`; the receiver: `to: ops-mail`",
        ],
    );
}

#[test]
fn an_escalation_does_not_wait_for_a_digest() {
    check(
        "receivers: {a: {email: {to: x}}, b: {email: {to: x, digest: daily}}}\nroute: {receiver: a, escalate: {after: 1h, to: b}}\n",
        &[
            "4:48: an escalation cannot wait, and receiver `b` gets a digest; name a receiver that is told at once; two may have the same address",
        ],
    );
}

#[test]
fn inhibitions_have_two_sides() {
    wrong(
        "route: {receiver: [a, b]}\ninhibit: [{source: [], target: []}]\n",
        &["5:20: `source` is empty: every incident would mute others; say which ones do"],
    );
    wrong(
        "route: {receiver: [a, b]}\ninhibit: [{target: [layer=gold]}, {source: [layer=gold]}]\n",
        &[
            r#"5:11: this inhibition has no `source`; matchers of the incident that mutes others, as in `source: [check="freshness"]`"#,
            "5:35: this inhibition has no `target`; matchers of those that it mutes; `target: []` is any",
        ],
    );
    wrong(
        "route: {receiver: [a, b]}\ninhibit: [{source: [layer=gold], target: [layr=gold], equal: [], along: depend_on, hops: 0, x: 1}]\n",
        &[
            "5:43: unknown label `layr`; did you mean `layer`?",
            "5:62: `equal` is empty; name labels that both have in common, or leave it out",
            "5:73: `along` is `depends_on`, not `depend_on`; did you mean `depends_on`?",
            "5:90: `hops` is a whole number from 1 to 32, not `0`",
            "5:93: unknown key `x` of an inhibition; known here: `source`, `target`, `equal`, `along`, `hops`",
        ],
    );
    wrong(
        "route: {receiver: [a, b]}\ninhibit: [{source: [layer=gold], target: [], equal: [contract, job], hops: 2}]\n",
        &[
            "5:64: unknown label `job`; labels are contract, monitor, check, column, segment, layer, owner, severity, outcome, tag, model",
            "5:76: `hops` are steps along something; add `along: depends_on`",
        ],
    );
    wrong(
        "route: {receiver: [a, b]}\ninhibit: {source: [layer=gold]}\n",
        &["5:10: `inhibit` is a list, not a mapping; write each item as `- ..`"],
    );
}

#[test]
fn mute_times_are_of_a_week() {
    wrong(
        "route: {receiver: [a, b], mute: [n]}\nmute_times: {n: []}\n",
        &[r#"5:17: mute time `n` has from 1 to 100 entries, not 0; as in `[{days: [sat], times: ["22:00-24:00"]}]`"#],
    );
    wrong(
        "route: {receiver: [a, b], mute: [n]}\nmute_times: {n: {days: [sat]}}\n",
        &["5:17: mute time `n` is a list, not a mapping; write each item as `- ..`"],
    );
    wrong(
        "route: {receiver: [a, b], mute: [n]}\nmute_times: {n: [{timezone: Berlin}]}\n",
        &[
            "5:18: this entry says neither `days` nor `times`, and would mute for ever; give `days`, `times` or both; who is never to be told needs no route",
            "5:29: unknown time zone `Berlin`; did you mean `Europe/Berlin`?",
        ],
    );
    wrong(
        "route: {receiver: [a, b], mute: [n]}\nmute_times: {n: [{days: [], times: []}]}\n",
        &[
            "5:25: `days` is empty; leave it out for every day",
            "5:36: `times` is empty; leave it out for the whole day",
        ],
    );
    wrong(
        "route: {receiver: [a, b], mute: [n]}\nmute_times: {n: [{days: [sat, mon-fry, someday, fri-mon], day: x}]}\n",
        &[
            "5:31: this is no day of the week: `mon-fry`; days are mon, tue, wed, thu, fri, sat, sun; several are `mon-fri`",
            "5:40: this is no day of the week: `someday`; days are mon, tue, wed, thu, fri, sat, sun; several are `mon-fri`",
            "5:49: a day is there twice: `fri-mon`; remove one of the two",
            "5:59: unknown key `day` of a mute time; did you mean `days`?",
        ],
    );
    wrong(
        "route: {receiver: [a, b], mute: [n]}\nmute_times: {n: [{times: [\"22:00-04:00\", \"08:00-08:00\", \"22:00-00:00\", \"8:00-9:00\", \"25:00-26:00\", 22]}]}\n",
        &[
            "5:27: a time ends after it begins, and here it does not: `22:00-04:00`; across midnight it takes two entries: `22:00-24:00`, and of the next day `00:00-04:00`",
            "5:42: a time ends after it begins, and here it does not: `08:00-08:00`; leave `times` out for the whole day",
            "5:57: a time ends after it begins, and here it does not: `22:00-00:00`; the end of a day is 24:00: `22:00-24:00`",
            r#"5:72: a time of day is such as "22:00-24:00", not `8:00-9:00`; two digits each, "00:00" to "24:00", in quotes"#,
            r#"5:85: a time of day is such as "22:00-24:00", not `25:00-26:00`; two digits each, "00:00" to "24:00", in quotes"#,
            r#"5:100: a time of day is such as "22:00-24:00", not `22`; two digits each, "00:00" to "24:00", in quotes"#,
        ],
    );
    wrong(
        "route: {receiver: [a, b], mute: [n]}\nmute_times: {n: [{times: [\"08:00-10:00\", \"09:00-09:30\", \"10:00-11:00\"]}]}\n",
        &["5:42: this time overlaps with `08:00-10:00`: `09:00-09:30`; make one of the two"],
    );
}
