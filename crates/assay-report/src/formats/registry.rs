//! The list of formats. A new one is one file beside this and one line here.

use crate::formats::{github, gitlab, html, json, junit, markdown, sarif, text};
use crate::{Renderer, Setup};

/// A format's entry in the list.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// Makes its renderer.
    pub renderer: fn(&Setup) -> Box<dyn Renderer>,
}

/// Every format; the first is the default.
pub static FORMATS: &[Format] = &[
    Format { name: "text", about: "for people, worst first", renderer: |setup| Box::new(text::Text(setup.reading)) },
    Format { name: "json", about: "for machines: assay.result/v1", renderer: |_| Box::new(json::Json) },
    Format {
        name: "html",
        about: "a self-contained page for people",
        renderer: |setup| Box::new(html::Html(setup.templates.clone())),
    },
    Format { name: "junit", about: "test pages of CI systems", renderer: |_| Box::new(junit::Junit) },
    Format { name: "sarif", about: "code scanning: SARIF 2.1.0", renderer: |_| Box::new(sarif::Sarif) },
    Format { name: "github", about: "annotations of GitHub Actions", renderer: |_| Box::new(github::Github) },
    Format { name: "gitlab", about: "GitLab's code quality report", renderer: |_| Box::new(gitlab::Gitlab) },
    Format { name: "markdown", about: "comments and wikis", renderer: |_| Box::new(markdown::Markdown) },
];
