//! Pages for people: one self-contained file, or a folder with a page for each table and model. Templates in `reports/`
//! only lay out what the views say; a user may give others in their place.

pub(crate) mod assets;
pub(crate) mod engine;
mod files;
pub(crate) mod inline;
pub(crate) mod view;

use std::io;

use serde::Serialize;

use crate::{Ran, Renderer, Report, Templates};
use engine::Engine;
use view::layout::Layout;
use view::plot::Room;
use view::section::Section;

/// The renderer of one self-contained file.
#[derive(Debug, Clone)]
pub struct Html(pub Templates);

/// A page of a report that is a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Relative to the folder, with `/` between folders; never leaves it.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Renderer for Html {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let engine = Engine::new(&self.0)?;
        let page = match report {
            Report::Ran(ran) => one_file(&engine, ran, report.exit_code())?,
            Report::Compared(changes) => {
                engine.render("changes.html", &Document::new(view::changes::compared(changes, report.exit_code())))?
            }
            Report::Invalid(problems) => {
                engine.render("invalid.html", &Document::new(view::invalid::page(problems, report.exit_code())))?
            }
        };
        out.write_all(page.as_bytes())
    }
}

/// Whether templates of the user's can be read; the error names the template, the line and the reason.
pub fn check(templates: &Templates) -> io::Result<()> {
    Engine::new(templates).map(drop)
}

/// The pages of a run: `index.html`, and one for each table and model, linked with each other.
pub fn pages(ran: &Ran<'_>, templates: &Templates) -> io::Result<Vec<Page>> {
    let engine = Engine::new(templates)?;
    let exit_code = Report::Ran(*ran).exit_code();
    let layout = Layout::folder(ran);
    let mut pages = vec![Page {
        path: "index.html".into(),
        bytes: engine.render("run.html", &Document::new(view::run::page(ran, exit_code, &layout)))?.into_bytes(),
    }];
    for place in &layout.places {
        let section = view::section::section(place, 1, &mut Room::of_file());
        let page = view::section::page(ran, section);
        let bytes = engine.render(template_of(&page.section), &Document::new(page))?.into_bytes();
        pages.push(Page { path: place.path.clone(), bytes });
    }
    Ok(pages)
}

fn one_file(engine: &Engine<'_>, ran: &Ran<'_>, exit_code: u8) -> io::Result<String> {
    let layout = Layout::file(ran);
    let mut page = view::run::page(ran, exit_code, &layout);
    let mut room = Room::of_file();
    page.sections = layout.places.iter().map(|place| view::section::section(place, 2, &mut room)).collect();
    engine.render("run.html", &Document::new(page))
}

fn template_of(section: &Section) -> &'static str {
    if section.windows.is_empty() { "table.html" } else { "model.html" }
}

/// What every template is given: `page`.
#[derive(Debug, Serialize)]
struct Document<T> {
    page: T,
}

impl<T> Document<T> {
    fn new(page: T) -> Self {
        Document { page }
    }
}

#[cfg(test)]
mod tests;
