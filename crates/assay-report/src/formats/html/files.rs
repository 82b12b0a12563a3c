//! Names of files made from names in data: readable, unique on every file system, and never a way out of the folder.

use std::collections::{BTreeMap, BTreeSet};

/// Characters kept of a name.
const LONGEST: usize = 80;
/// Names that Windows keeps for devices, whatever their extension.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Gives every name a file of its own.
#[derive(Debug, Default)]
pub(super) struct Files {
    taken: BTreeSet<String>,
    /// The last number that a stem was given.
    numbers: BTreeMap<String, usize>,
}

impl Files {
    /// `folder/name.html`; `folder/name-2.html` where another name gave the same, in upper case or lower.
    pub fn file(&mut self, folder: &str, name: &str) -> String {
        let stem = stem(name);
        let mut candidate = stem.clone();
        let n = self.numbers.entry(format!("{folder}/{}", stem.to_ascii_lowercase())).or_insert(1);
        while !self.taken.insert(format!("{folder}/{}", candidate.to_ascii_lowercase())) {
            *n += 1;
            candidate = format!("{stem}-{n}");
        }
        format!("{folder}/{candidate}.html")
    }
}

/// Letters, digits, `_`, `-` and single dots between them; everything else is a `-`.
fn stem(name: &str) -> String {
    let mut stem = String::new();
    for char in name.chars() {
        let kept = if char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.') { char } else { '-' };
        let is_first_of_marks = !stem.is_empty() && !stem.ends_with(['-', '.']);
        if is_first_of_marks || !matches!(kept, '-' | '.') {
            stem.push(kept);
        }
        if stem.len() == LONGEST {
            break;
        }
    }
    let stem = stem.trim_end_matches(['-', '.']);
    let device = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    match stem {
        "" => "unnamed".into(),
        stem if DEVICES.contains(&device.as_str()) => format!("_{stem}"),
        stem => stem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> String {
        Files::default().file("tables", name)
    }

    #[test]
    fn plain_names_stay_as_they_are() {
        assert_eq!(["silver.orders", "Fare_ETA-7"].map(file), ["tables/silver.orders.html", "tables/Fare_ETA-7.html"]);
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let hostile = ["../x", "/etc/passwd", "..", ".", "", "a/../../b", "C:\\x", "\u{0}", "💥", "a\nb", "?q#f%2e"];
        let expected = ["x", "etc-passwd", "unnamed", "unnamed", "unnamed", "a-b", "C-x", "unnamed", "unnamed", "a-b"];
        let files = hostile.map(file);
        for (file, expected) in files.iter().zip(expected) {
            assert_eq!(*file, format!("tables/{expected}.html"));
        }
        assert_eq!(files[10], "tables/q-f-2e.html");
        assert_eq!(file(&"x".repeat(5_000)), format!("tables/{}.html", "x".repeat(80)));
    }

    #[test]
    fn names_of_devices_are_not_used() {
        assert_eq!(
            ["CON", "con.orders", "nul", "console"].map(file),
            ["tables/_CON.html", "tables/_con.orders.html", "tables/_nul.html", "tables/console.html"]
        );
    }

    #[test]
    fn names_that_differ_in_case_alone_have_different_files() {
        let mut files = Files::default();
        let names = ["Orders", "orders", "ORDERS", "orders-2", "orders/"].map(|name| files.file("tables", name));
        assert_eq!(
            names,
            [
                "tables/Orders.html",
                "tables/orders-2.html",
                "tables/ORDERS-3.html",
                "tables/orders-2-2.html",
                "tables/orders-4.html"
            ]
        );
    }
}
