//! The arguments of the study.

/// Shown where they are wrong.
pub const USAGE: &str = "usage: drift-study [--short] [--only PART] [--json FILE] [--seed N] [--threads N]";

/// The parts, in the order they are run.
pub const PARTS: [&str; 6] = ["null", "sparse", "pairs", "target", "windows", "power"];

/// The arguments.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// Few repetitions and no large sides: for CI.
    pub short: bool,
    /// The only part to run: `null`, `sparse`, `pairs`, `target`, `windows` or `power`.
    pub only: Option<String>,
    /// Where everything that was counted goes.
    pub json: Option<String>,
    /// Of all streams.
    pub seed: u64,
    /// Threads; the result does not depend on them.
    pub threads: usize,
}

impl Options {
    /// Reads them.
    ///
    /// # Errors
    /// An argument that is not known, lacks its value, or has one that is no number.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options { short: false, only: None, json: None, seed: 20_260_101, threads: 2 };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} lacks its value"));
            match argument.as_str() {
                "--short" => options.short = true,
                "--only" => options.only = Some(part(value()?)?),
                "--json" => options.json = Some(value()?),
                "--seed" => options.seed = number(&value()?)?,
                "--threads" => options.threads = number(&value()?)?.clamp(1, 256) as usize,
                _ => return Err(format!("unknown argument: {argument}")),
            }
        }
        Ok(options)
    }
}

fn part(name: String) -> Result<String, String> {
    match PARTS.contains(&name.as_str()) {
        true => Ok(name),
        false => Err(format!("no part is called {name}; there are {}", PARTS.join(", "))),
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("not a whole number: {text}"))
}
