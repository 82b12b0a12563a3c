//! The templates of pages, and the parts of reports that they include.

use std::io;
use std::sync::LazyLock;

use super::assets;
use crate::formats::html::assets::TEMPLATES;
use crate::formats::html::engine::Engine;

macro_rules! template {
    ($name:literal) => {
        (
            concat!("pages/", $name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/templates/pages/", $name)),
        )
    };
}

/// Templates by name. A new one is one file and one line here.
static PAGES: &[(&str, &str)] = &[
    template!("body.html"),
    template!("document.html"),
    template!("drift.html"),
    template!("error.html"),
    template!("frame.html"),
    template!("head.html"),
    template!("home.html"),
    template!("incident.html"),
    template!("incidents.html"),
    template!("login.html"),
    template!("notifications.html"),
    template!("parts.html"),
    template!("run.html"),
    template!("runs.html"),
    template!("silences.html"),
];

static ENGINE: LazyLock<Result<Engine<'static>, String>> = LazyLock::new(|| {
    let sources = TEMPLATES.iter().chain(PAGES).copied().collect();
    Engine::of(sources, "assets", &assets::links()).map_err(|error| error.to_string())
});

/// All templates, compiled once.
pub(super) fn engine() -> io::Result<&'static Engine<'static>> {
    ENGINE.as_ref().map_err(|text| io::Error::new(io::ErrorKind::InvalidData, text.clone()))
}
