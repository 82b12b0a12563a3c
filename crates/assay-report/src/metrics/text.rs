//! Prometheus' text format, version 0.0.4: header lines and series. Tens of thousands of series are written whenever a run
//! ended, so they go straight to text.

use std::fmt::Write;

use super::families::Family;

/// The lines `# HELP` and `# TYPE` of a family.
pub fn header(family: &Family) -> String {
    let Family { name, help, kind, .. } = family;
    format!("# HELP {name} {help}\n# TYPE {name} {}\n", kind.name())
}

/// Takes the series of one family: writes them, or only counts them.
#[derive(Debug)]
pub struct Sink<'a> {
    name: &'static str,
    labels: &'static [&'static str],
    out: Option<&'a mut String>,
    /// Series so far.
    pub series: u64,
}

impl<'a> Sink<'a> {
    /// Writes to `out`.
    pub fn text(family: &Family, out: &'a mut String) -> Self {
        Sink { name: family.name, labels: family.labels, out: Some(out), series: 0 }
    }

    /// Counts.
    pub fn count(family: &Family) -> Self {
        Sink { name: family.name, labels: family.labels, out: None, series: 0 }
    }

    /// A series: the values of its labels in the family's order, of which the last may be left out. A value that is no
    /// finite number is none: an alert that compares with it would be silent or loud for no reason.
    pub fn put(&mut self, values: &[&str], value: f64) {
        if !value.is_finite() {
            return;
        }
        self.series += 1;
        let Some(out) = &mut self.out else { return };
        out.push_str(self.name);
        for (at, (label, value)) in self.labels.iter().zip(values).enumerate() {
            out.push(if at == 0 { '{' } else { ',' });
            out.push_str(label);
            out.push_str("=\"");
            escaped(value, out);
            out.push('"');
        }
        if !values.is_empty() {
            out.push('}');
        }
        // there is one zero
        writeln!(out, " {}", value + 0.0).expect("a string takes everything");
    }
}

fn escaped(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '"', '\n']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            _ => "\\n",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
