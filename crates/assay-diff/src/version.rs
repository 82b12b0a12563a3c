//! The next version of what a project promises (semver.org).

use assay_core::change::{Change, NextVersion};

use crate::codes::{Level, find};

/// What the version after `current` is. A change that breaks consumers is a major one; one that asks more of the
/// producer, adds something or watches less a minor one; words alone are a patch.
///
/// Before 1.0.0 anything may change (semver.org, item 4); as package managers read it, the leftmost number that is not
/// 0 says whether it broke: of `0.3.1` a break is `0.4.0` and all else `0.3.2`, of `0.0.4` everything is `0.0.5`.
pub fn next_version(changes: &[Change], current: Option<&str>) -> NextVersion {
    let known = current.map(|text| (text, parse(text)));
    let current = current.map(str::to_owned);
    let Some(level) = changes.iter().filter_map(|change| find(change.code)).map(|code| code.level).max() else {
        let next = known.filter(|(_, version)| version.is_some()).map(|(text, _)| text.to_owned());
        return NextVersion { level: "none", current, next };
    };
    let Some((text, Some([major, minor, patch]))) = known else {
        return NextVersion { level: name(level), current, next: None };
    };
    let prefix = if text.starts_with('v') { "v" } else { "" };
    let level = match (major, minor, level) {
        (0, 0, _) => Level::Patch,
        (0, _, Level::Major) => Level::Minor,
        (0, _, _) => Level::Patch,
        _ => level,
    };
    let next = match level {
        Level::Major => major.checked_add(1).map(|major| [major, 0, 0]),
        Level::Minor => minor.checked_add(1).map(|minor| [major, minor, 0]),
        Level::Patch => patch.checked_add(1).map(|patch| [major, minor, patch]),
    };
    let next = next.map(|[major, minor, patch]| format!("{prefix}{major}.{minor}.{patch}"));
    NextVersion { level: name(level), current, next }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Major => "major",
        Level::Minor => "minor",
        Level::Patch => "patch",
    }
}

/// `1.2.3` or `v1.2.3`; what stands after `-` or `+` falls away.
fn parse(text: &str) -> Option<[u64; 3]> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let core = text.split(['-', '+']).next()?;
    let parts: Vec<u64> = core.split('.').map(number).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// Digits without a zero before them.
fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok())?
}
