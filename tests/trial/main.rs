//! Long trials of the daemon: `daemon-trial kills 300`, `daemon-trial scale 10000`, `daemon-trial mixed 30`.

use std::io::Write;
use std::process::ExitCode;

use assay_tests::daemon::kills;

fn main() -> ExitCode {
    #[allow(clippy::disallowed_methods, reason = "a program has arguments")]
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
    match words[..] {
        ["kills", n] if number(n).is_some() => kills(number(n).unwrap_or(1)),
        _ => {
            eprintln!("usage: daemon-trial kills N");
            ExitCode::from(2)
        }
    }
}

fn kills(kills: usize) -> ExitCode {
    let found = kills::trial(kills, 0x5eed_1234_5678_9abc, |nth| {
        if nth % 10 == 0 {
            print!("\r{nth} of {kills} kills");
            let _ = std::io::stdout().flush();
        }
    });
    println!("\n{found:#?}");
    ExitCode::from(u8::from(!found.wrong.is_empty()))
}
