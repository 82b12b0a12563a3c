//! The web pages of the daemon: each a function from what is known to the bytes of a page.
//!
//! Pages are laid out by templates in `reports/templates/pages`, with the macros, the style and the parts of reports
//! where they show the same thing. They need no JavaScript, and nothing in them is inline: a policy may forbid every
//! style and script that is not one of [`assets`]. A new page is one file here, one template, and one line in
//! `templates.rs`.

mod assets;
pub mod document;
pub mod drift;
pub mod error;
mod frame;
mod grid;
pub mod home;
pub mod incident;
pub mod incidents;
mod link;
pub mod list;
pub mod login;
pub mod notifications;
pub mod run;
pub mod runs;
mod section;
mod signs;
pub mod silences;
mod templates;
mod time;

use std::io;

use serde::Serialize;

pub use assets::{Asset, assets};
pub use document::document;
pub use drift::drift;
pub use error::error;
pub use frame::{Frame, Said, Visitor};
pub use home::home;
pub use incident::incident;
pub use incidents::{Bad, incidents};
pub use link::document as address_of_document;
pub use login::login;
pub use notifications::notifications;
pub use run::run;
pub use runs::runs;
pub use signs::Past;
pub use silences::silences;

use frame::{FrameView, Place};

/// What every template is given.
#[derive(Serialize)]
struct Given<'a, T> {
    frame: FrameView<'a>,
    title: &'a str,
    page: &'a T,
}

/// A page of this template.
fn page(
    template: &'static str,
    place: Place,
    title: &str,
    frame: &Frame,
    page: &impl Serialize,
) -> io::Result<Vec<u8>> {
    let engine = templates::engine()?;
    let given = Given { frame: FrameView::new(frame, place), title, page };
    Ok(engine.render(template, &given)?.into_bytes())
}
