//! Which two versions are compared.

use crate::failure::Failure;
use crate::git::{Commit, Repository};

/// What a user wrote about versions.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The old version itself.
    pub from: Option<&'a str>,
    /// The branch that this work goes into.
    pub base: Option<&'a str>,
    /// The new version.
    pub to: Option<&'a str>,
}

/// The versions.
#[derive(Debug)]
pub(crate) struct Versions {
    /// The old one. Its name is the one that was written, its id that of the commit that is compared.
    pub base: Commit,
    /// The new one; `None` is the working tree.
    pub head: Option<Commit>,
    /// How they were chosen.
    pub notes: Vec<String>,
}

/// Chooses them.
pub(crate) fn choose(repository: &Repository, asked: Asked<'_>) -> Result<Versions, Failure> {
    if asked.to.is_none() && repository.top.is_none() {
        return Err(Failure::usage(
            "a bare repository has no working tree to compare",
            "name both versions: `assay diff BASE HEAD`",
        ));
    }
    let head = asked.to.map(|name| repository.commit(name)).transpose()?;
    if let Some(from) = asked.from {
        return Ok(Versions { base: repository.commit(from)?, head, notes: Vec::new() });
    }

    let mut notes = Vec::new();
    let name = match asked.base {
        Some(name) => name.to_string(),
        None => {
            let name = repository.default_branch()?.ok_or_else(|| {
                // an empty repository has none either, and that is the better thing to say
                repository.commit("HEAD").err().unwrap_or_else(no_default)
            })?;
            notes.push(format!("no base was named: compared with `{name}`, the default branch"));
            name
        }
    };
    let theirs = repository.commit(&name)?;
    let ours = match &head {
        Some(head) => head.clone(),
        None => repository.commit("HEAD")?,
    };
    let base = repository.merge_base(&name, &ours, &theirs)?;
    if base.id != theirs.id {
        notes.push(format!(
            "`{name}` has gone on since: compared with {}, where `{}` left it",
            short(&base.id),
            ours.name
        ));
    }
    Ok(Versions { base, head, notes })
}

fn no_default() -> Failure {
    Failure::usage(
        "there is no branch to compare with: neither origin's default branch, nor `main`, nor `master`",
        "name the old version: `assay diff HEAD~1`, or the branch this goes into: `--base BRANCH`",
    )
}

/// An id, short enough to read.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
