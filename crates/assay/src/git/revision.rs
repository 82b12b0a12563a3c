//! Which commits are meant.

use super::command::git;
use super::{Repository, shown};
use crate::failure::Failure;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    /// As it was named: `origin/main`.
    pub name: String,
    /// Its id, hex.
    pub id: String,
    /// The id of its top folder.
    pub tree: String,
}

/// What a repository's main line is called, where its origin does not say.
const USUAL: [&str; 4] =
    ["refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"];

impl Repository {
    /// The commit of a name that a user wrote.
    pub fn commit(&self, name: &str) -> Result<Commit, Failure> {
        // as many digits as an id has are taken for one, whether there is such an object or not
        let id = match self.find(name)? {
            Some(id) if peeled(&id, "object")?.is_some() => id,
            _ => return Err(self.unknown(name)?),
        };
        self.of_id(name, &id)?
            .ok_or_else(|| Failure::usage(format!("`{name}` is no commit"), "name a branch, a tag or a commit"))
    }

    /// The commit at which two lines of history parted.
    pub fn merge_base(&self, name: &str, ours: &Commit, theirs: &Commit) -> Result<Commit, Failure> {
        let found = git(["merge-base"]).arg(&ours.id).arg(&theirs.id).found()?;
        let id = found.map(|line| line_of(&line)).filter(|id| !id.is_empty());
        let Some(id) = id else {
            let message = format!("`{}` and `{}` have no common commit", ours.name, theirs.name);
            return Err(Failure::usage(
                message,
                self.fetch_hint().unwrap_or("name the version to compare with: `assay diff BASE`"),
            ));
        };
        let known = self.of_id(name, &id)?;
        known.ok_or_else(|| Failure::Outside(format!("the repository does not have the commit {id}")))
    }

    /// The branch that others go into, as it can be named.
    pub fn default_branch(&self) -> Result<Option<String>, Failure> {
        let of_origin = git(["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"]).found()?;
        let of_origin = of_origin.map(|line| line_of(&line));
        for name in of_origin.iter().map(String::as_str).chain(USUAL) {
            if self.find(name)?.is_some() {
                let short = name.strip_prefix("refs/remotes/").or_else(|| name.strip_prefix("refs/heads/"));
                return Ok(Some(short.unwrap_or(name).to_string()));
            }
        }
        Ok(None)
    }

    /// The object of a name.
    fn find(&self, name: &str) -> Result<Option<String>, Failure> {
        let found = git(["rev-parse", "--verify", "--quiet", "--end-of-options"]).arg(name).found()?;
        Ok(found.map(|line| line_of(&line)).filter(|id| !id.is_empty()))
    }

    /// The commit of an object: a tag leads to one.
    fn of_id(&self, name: &str, id: &str) -> Result<Option<Commit>, Failure> {
        let Some(id) = peeled(id, "commit")? else { return Ok(None) };
        let Some(tree) = peeled(&id, "tree")? else { return Ok(None) };
        Ok(Some(Commit { name: name.to_string(), id, tree }))
    }

    fn unknown(&self, name: &str) -> Result<Failure, Failure> {
        if let Some(old) = too_old(&line_of(&git(["version"]).output()?)) {
            return Ok(Failure::Outside(format!(
                "git {old} is too old to read versions safely: install 2.30 or newer"
            )));
        }
        if self.find("HEAD")?.is_none() {
            let hint = "commit something first; until then there is nothing to compare with";
            return Ok(Failure::usage("this repository has no commit yet", hint));
        }
        if name.contains("..") {
            let hint = "name two versions: `assay diff BASE HEAD`";
            return Ok(Failure::usage(format!("`{name}` is a range, not a version"), hint));
        }
        let hint = self.fetch_hint().unwrap_or("`git branch --all` lists branches; `git fetch` gets those of others");
        Ok(Failure::usage(format!("the repository does not have the version `{name}`"), hint))
    }

    /// What to do where history was cut off.
    fn fetch_hint(&self) -> Option<&'static str> {
        self.shallow.then_some(
            "this is a shallow clone: fetch the whole history (`fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` in \
             GitLab, `git fetch --unshallow` by hand)",
        )
    }
}

/// The version of a git that does not know `--end-of-options` everywhere.
fn too_old(said: &str) -> Option<&str> {
    let version = said.strip_prefix("git version ")?.split(' ').next()?;
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    let (major, minor) = (numbers.next()??, numbers.next()??);
    ((major, minor) < (2, 30)).then_some(version)
}

/// The object of this kind that an object leads to.
fn peeled(id: &str, to: &str) -> Result<Option<String>, Failure> {
    let found = git(["rev-parse", "--verify", "--quiet"]).arg(format!("{id}^{{{to}}}")).found()?;
    Ok(found.map(|line| line_of(&line)))
}

fn line_of(line: &[u8]) -> String {
    shown(line.strip_suffix(b"\n").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::too_old;

    #[test]
    fn an_old_git_is_known_by_what_it_says() {
        for (said, old) in [
            ("git version 1.8.3.1", Some("1.8.3.1")),
            ("git version 2.25.1", Some("2.25.1")),
            ("git version 2.30.0", None),
            ("git version 2.39.5 (Apple Git-154)", None),
            ("git version 2.47.1.windows.2", None),
            ("git version 3.0.0", None),
            ("something else", None),
        ] {
            assert_eq!(too_old(said), old, "{said}");
        }
    }
}
