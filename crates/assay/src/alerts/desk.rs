//! The project that a command works on, with its store, and who is at the keyboard.

use std::path::PathBuf;
use std::sync::Arc;

use assay_contract::Project as Settings;
use assay_core::ops::{Millis, Ops};

use crate::failure::Failure;
use crate::{clock, load, store};

/// Characters of a name, at most.
const NAME: usize = 100;
/// Characters of a note or a comment, at most; the same as those of the API.
const NOTE: usize = 2_000;

/// The project around the current folder, and its store.
pub(crate) struct Desk {
    pub root: PathBuf,
    pub settings: Settings,
    pub store: Arc<dyn Ops>,
}

impl Desk {
    /// Finds the project and opens its store, which is made where there is none.
    pub fn open() -> Result<Desk, Failure> {
        let root = load::root_of_project()?;
        let settings = load::settings_at(&root, &load::overrides())?;
        let store = store::for_daemon(&settings, Some(&root))?;
        Ok(Desk { root, settings, store })
    }
}

pub(crate) fn now() -> Millis {
    clock::now().timestamp_millis()
}

/// Who does it: `--by`, else the user of the environment.
pub(crate) fn who(by: Option<&str>) -> Result<String, Failure> {
    let of_environment = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let name = by.map(str::to_string).or_else(of_environment).unwrap_or_default();
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        return Err(Failure::usage(
            "it is not known who does this",
            format!("name somebody, with 1 to {NAME} characters of text: `--by ada`"),
        ));
    }
    Ok(name.to_string())
}

/// Text of people: bounded, and without characters that lists and mails cannot show.
pub(crate) fn note(option: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let shown = text.chars().all(|char| !char.is_control() || matches!(char, '\n' | '\r' | '\t'));
    if shown && text.chars().count() <= NOTE {
        return Ok(text.replace("\r\n", "\n"));
    }
    Err(Failure::usage(
        format!("`{option}` has at most {NOTE} characters, and no control characters"),
        "shorten it, and name the place where more is said",
    ))
}

/// The names of an option that takes several, each by `read`.
pub(crate) fn named<T>(
    option: &str,
    names: &[String],
    known: &[&str],
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Failure> {
    let one = |name: &String| {
        read(name.trim()).ok_or_else(|| {
            Failure::usage(format!("`{option}` does not know `{name}`"), format!("there are {}", known.join(", ")))
        })
    };
    names.iter().map(one).collect()
}

/// Milliseconds of `30m`, `4h`, `2d`.
pub(crate) fn duration(option: &str, text: &str) -> Result<Millis, Failure> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    let unit = match unit {
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        "w" => Some(7 * 86_400_000),
        _ => None,
    };
    let read = unit.zip(number.parse::<Millis>().ok()).and_then(|(unit, number)| number.checked_mul(unit));
    read.filter(|millis| *millis > 0).ok_or_else(|| {
        Failure::usage(format!("`{option}` is a duration, not `{text}`"), "as in `30m`, `4h`, `2d` or `1w`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_are_not_nothing() {
        let read = |text| duration("--for", text).ok();
        assert_eq!(read("30m"), Some(1_800_000));
        assert_eq!(read(" 2d "), Some(172_800_000));
        for wrong in ["", "4", "h", "0h", "-1h", "1.5h", "4 h", "1y", "99999999999999999999d", "999999999999999d"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn notes_are_bounded_and_free_of_control_characters() {
        assert_eq!(note("--note", " two\r\nlines ").expect("a note"), "two\nlines");
        assert!(note("--note", "\u{1b}[31m").is_err() && note("--note", &"x".repeat(2_001)).is_err());
        assert!(who(Some("ada")).is_ok() && who(Some(" ")).is_err() && who(Some("a\nb")).is_err());
    }
}
