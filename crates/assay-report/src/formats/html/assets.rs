//! The built-in templates, style and script. A new template is one file and one line here.

macro_rules! template {
    ($name:literal) => {
        ($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/templates/", $name)))
    };
}

/// The name of the style on the command line and in errors.
pub(crate) const STYLE: &str = "style.css";
/// The name of the script.
pub(crate) const SCRIPT: &str = "script.js";

/// Templates by name.
pub(crate) static TEMPLATES: &[(&str, &str)] = &[
    template!("base.html"),
    template!("changes.html"),
    template!("changes_list.html"),
    template!("check.html"),
    template!("column.html"),
    template!("facts.html"),
    template!("invalid.html"),
    template!("macros.html"),
    template!("model.html"),
    template!("model_body.html"),
    template!("model_section.html"),
    template!("run.html"),
    template!("samples.html"),
    template!("segments.html"),
    template!("table.html"),
    template!("table_body.html"),
    template!("table_section.html"),
    template!("tables_list.html"),
    template!("window.html"),
    template!("window_head.html"),
];

/// The style sheet.
pub(crate) static STYLE_TEXT: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/styles/style.css"));
/// The script.
pub(crate) static SCRIPT_TEXT: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/scripts/script.js"));
