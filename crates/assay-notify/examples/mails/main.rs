//! Writes made-up mails into a folder, for looking at: `cargo run -p assay-notify --example mails -- FOLDER`. Each is
//! there as it is sent (`.eml`), and as a browser shows it (`.html`), its drawings put into it.

#![allow(clippy::disallowed_methods, reason = "an example writes files")]

mod made_up;
mod parts;

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args().nth(1).map(PathBuf::from) else {
        eprintln!("which folder? cargo run -p assay-notify --example mails -- FOLDER");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&folder)?;
    for (name, notification) in made_up::all() {
        let mail = made_up::mail(&notification);
        std::fs::write(folder.join(format!("{name}.html")), parts::shown(&mail))?;
        std::fs::write(folder.join(format!("{name}.eml")), mail)?;
    }
    println!("{}", folder.display());
    Ok(())
}
