//! Styles, scripts and the icon, as files of their own. Their names hold a hash of what is in them, so that a browser may
//! keep them for ever.

use std::sync::LazyLock;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::formats::html::assets::{SCRIPT_TEXT, STYLE_TEXT};
use crate::formats::html::inline::small;
use crate::plots;

/// The folder of their addresses.
pub(super) const FOLDER: &str = "/assets/";

const STYLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/styles/pages.css"));
const SCRIPT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/scripts/pages.js"));
const ICON: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/styles/icon.svg"));

/// A file that pages ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its name within `/assets/`: `assay-3f29c1d07b5e.css`.
    pub name: String,
    /// For the header of the answer.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Addresses for the head of a page.
#[derive(Debug, Serialize)]
pub(super) struct Links {
    style: String,
    scripts: Vec<String>,
    icon: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let style = small(STYLE_TEXT) + &small(&plots::stylesheet()) + &small(STYLE);
    vec![
        asset("assay", "css", "text/css; charset=utf-8", style),
        asset("report", "js", "text/javascript; charset=utf-8", small(SCRIPT_TEXT)),
        asset("pages", "js", "text/javascript; charset=utf-8", small(SCRIPT)),
        asset("icon", "svg", "image/svg+xml", ICON.to_owned()),
    ]
});

/// All files that pages ask for; nothing else is asked for.
pub fn assets() -> &'static [Asset] {
    &ASSETS
}

pub(super) fn links() -> Links {
    let of = |end: &str| assets().iter().filter(|asset| asset.name.ends_with(end)).map(address).collect::<Vec<_>>();
    Links { style: of(".css").concat(), scripts: of(".js"), icon: of(".svg").concat() }
}

fn address(asset: &Asset) -> String {
    format!("{FOLDER}{}", asset.name)
}

fn asset(stem: &str, end: &str, content_type: &'static str, text: String) -> Asset {
    let hash = Sha256::digest(text.as_bytes());
    let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Asset { name: format!("{stem}-{hash}.{end}"), content_type, bytes: text.into_bytes() }
}
