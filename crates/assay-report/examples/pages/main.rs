//! Writes every page of the daemon with made-up content, to be looked at: `cargo run -p assay-report --example pages --
//! FOLDER`, then open `FOLDER/home.html`.
#![allow(clippy::disallowed_methods, reason = "a program that writes files")]

mod fixture;

use std::path::Path;
use std::{env, fs, io};

use fixture::{Words, every_page};

fn main() -> io::Result<()> {
    let Some(folder) = env::args().nth(1) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "name a folder for the pages"));
    };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets"))?;
    for asset in assay_report::pages::assets() {
        fs::write(folder.join("assets").join(&asset.name), &asset.bytes)?;
    }
    for (name, page) in every_page(&Words::plain())? {
        // opened from disk there is no root
        let page = page.replace("=\"/assets/", "=\"assets/");
        fs::write(folder.join(format!("{name}.html")), page)?;
    }
    println!("{}", folder.join("home.html").display());
    Ok(())
}
