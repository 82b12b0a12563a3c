//! Everything that tells of a run: the result in its format, the folder of pages, the file of metrics, the files that
//! GitHub's runners read. Every place is prepared before data are read, and nothing here can change a verdict.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use assay_contract::Project;
use assay_report::formats::{github, html};
use assay_report::{FORMATS, FileProblem, Format, Reading, Renderer, Report, Setup, Templates, metrics, rooted};

use crate::args::PublishArgs;
use crate::disk::reason;
use crate::failure::Failure;
use crate::load;
use crate::output::{self, Sink};

/// Bytes of a step summary that GitHub shows: 1 MiB, of which we leave some to others.
const SUMMARY_BYTES: usize = 900_000;
/// Formats for systems that count paths from the top of the repository, not of the project.
const OF_REPOSITORIES: [&str; 3] = ["github", "gitlab", "sarif"];
/// A template or style is a text that a person wrote.
const MOST_TEMPLATE_BYTES: u64 = 4 << 20;
/// What a folder of pages was made of, so that the next one can take away what it does not write again.
const PAGES: &str = ".assay-report";

/// Where a report goes.
pub(crate) struct Publishing {
    format: &'static Format,
    setup: Setup,
    /// Where the project is in its repository; empty where the two are one, or nobody knows.
    folder: String,
    sink: Sink,
    output: Option<PathBuf>,
    also: Vec<(&'static Format, PathBuf, Sink)>,
    pages: Option<PathBuf>,
    metrics: Option<(PathBuf, Sink)>,
    github: Option<GithubFiles>,
}

/// Files that a runner of GitHub gives a step: what is appended to them is shown, or passed on.
struct GithubFiles {
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
}

impl Publishing {
    /// Prepares every place.
    pub fn prepare(args: &PublishArgs, verbose: bool) -> Result<Self, Failure> {
        let format = format_of(&args.format);
        let file = |path: &PathBuf| Ok::<_, Failure>((path.clone(), Sink::prepare(Some(path))?));
        let also = args.also.iter().map(|also| {
            let (path, sink) = file(&also.file)?;
            Ok((format_of(&also.format), path, sink))
        });
        let sink = Sink::prepare(args.output.as_deref())?;
        if let Some(folder) = &args.report {
            make_folder(folder)?;
        }
        let variable = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let github = (format.name == "github")
            .then(|| GithubFiles { summary: variable("GITHUB_STEP_SUMMARY"), output: variable("GITHUB_OUTPUT") });
        Ok(Publishing {
            format,
            setup: Setup { reading: output::reading(verbose, sink.is_stdout()), templates: Templates::default() },
            folder: load::find_root(&[]).ok().flatten().map(|root| in_repository(&root)).unwrap_or_default(),
            sink,
            output: args.output.clone(),
            also: also.collect::<Result<_, Failure>>()?,
            pages: args.report.clone(),
            metrics: args.metrics_file.as_ref().map(file).transpose()?,
            github,
        })
    }

    /// Takes the project's own templates, which have to be sound.
    pub fn take_templates(&mut self, project: &Project, root: Option<&Path>) -> Result<(), Failure> {
        self.folder = root.map(in_repository).unwrap_or_default();
        let (Some(root), true) = (root, self.shows_pages()) else { return Ok(()) };
        let templates = templates(&root.join(&project.reports))?;
        html::check(&templates).map_err(|why| {
            Failure::usage(
                format!("a template of reports is broken: {why}"),
                "mend it, or remove it to use the built-in one",
            )
        })?;
        self.setup.templates = templates;
        Ok(())
    }

    /// Whether earlier runs are shown.
    pub fn shows_history(&self) -> bool {
        self.shows_pages()
    }

    fn shows_pages(&self) -> bool {
        let formats = std::iter::once(self.format).chain(self.also.iter().map(|(format, ..)| *format));
        self.pages.is_some() || formats.into_iter().any(|format| format.name == "html")
    }

    /// The same for files that are invalid. On the terminal they are told already, with the lines at fault.
    pub fn publish_problems(mut self, problems: &[FileProblem]) -> Result<(), Failure> {
        if self.format.name == "text" && self.sink.is_stdout() {
            self.sink = Sink::Nowhere;
        }
        self.publish(&Report::Invalid(problems))
    }

    /// Renders everything, then writes everything: a report that cannot be rendered leaves all files as they were.
    /// Standard error says which files there are now.
    pub fn publish(self, report: &Report<'_>) -> Result<(), Failure> {
        let folder = self.folder;
        let render = |format: &Format, setup: &Setup| match OF_REPOSITORIES.contains(&format.name) {
            true => rooted(report, &folder, |report| render(format, setup, report)),
            false => render(format, setup, report),
        };
        let result = render(self.format, &self.setup)?;
        let plain = Setup { reading: Reading::default(), ..self.setup.clone() };
        let also = self.also.into_iter().map(|(format, path, sink)| Ok((path, sink, render(format, &plain)?)));
        let also = also.collect::<Result<Vec<_>, Failure>>()?;
        let pages = self.pages.map(|folder| Ok((folder, rendered_pages(report, &self.setup.templates)?)));
        let pages = pages.transpose()?;

        // the result itself first: what is beside it must not cost it
        self.sink.write(&result)?;
        for (path, sink, bytes) in also {
            sink.write(&bytes)?;
            tell(&path);
        }
        if let Some((folder, pages)) = pages {
            write_pages(&folder, &pages)?;
            tell(&folder.join("index.html"));
        }
        match (self.metrics, report) {
            // figures of the last run are better than none; of invalid files there are none that still hold
            (Some((path, _)), Report::Compared(_)) => {
                let _ = writeln!(std::io::stderr(), "left as it was, because nothing ran: {}", path.display());
            }
            (Some((path, sink)), Report::Ran(_) | Report::Invalid(_)) => {
                sink.write(metrics::textfile(report).as_bytes())?;
                tell(&path);
            }
            (None, _) => {}
        }
        if let Some(GithubFiles { summary, output }) = self.github {
            if let Some(path) = summary {
                append(&path, &github::summary(report, SUMMARY_BYTES))?;
            }
            if let Some(path) = output {
                append(&path, &github::output_file(&github::outputs(report)))?;
            }
        }
        if let Some(path) = self.output {
            if let Report::Ran(ran) = report {
                let _ = writeln!(std::io::stderr(), "{}", assay_report::formats::text::summary(ran.run));
            }
            tell(&path);
        }
        Ok(())
    }
}

/// The way to a folder from the top of its repository: the nearest folder at or above it with `.git`.
fn in_repository(folder: &Path) -> String {
    let top = folder.ancestors().find(|above| above.join(".git").exists());
    let inside = top.and_then(|top| folder.strip_prefix(top).ok()).unwrap_or(Path::new(""));
    let names: Vec<_> = inside.components().map(|name| name.as_os_str().to_string_lossy()).collect();
    names.join("/")
}

/// What a file now holds is told on standard error, because standard output is the result.
fn tell(path: &Path) {
    let _ = writeln!(std::io::stderr(), "written to {}", path.display());
}

/// Writes a report for people into a folder.
pub(crate) fn pages(folder: &Path, report: &Report<'_>, templates: &Templates) -> Result<(), Failure> {
    let pages = rendered_pages(report, templates)?;
    make_folder(folder)?;
    write_pages(folder, &pages)
}

fn rendered_pages(report: &Report<'_>, templates: &Templates) -> Result<Vec<html::Page>, Failure> {
    if let Report::Ran(ran) = report {
        return html::pages(ran, templates).map_err(unrendered);
    }
    let mut bytes = Vec::new();
    html::Html(templates.clone()).render(report, &mut bytes).map_err(unrendered)?;
    Ok(vec![html::Page { path: "index.html".into(), bytes }])
}

/// Writes the metrics of a report once more, with others.
pub(crate) fn metrics(path: &Path, report: &Report<'_>, more: &str) -> Result<(), Failure> {
    Sink::prepare(Some(path))?.write(format!("{}{more}", metrics::textfile(report)).as_bytes())
}

/// The report in one format.
pub(crate) fn render(format: &Format, setup: &Setup, report: &Report<'_>) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    (format.renderer)(setup).render(report, &mut out).map_err(unrendered)?;
    Ok(out)
}

/// The format of a name, which the command line has made sure of.
fn format_of(name: &str) -> &'static Format {
    FORMATS.iter().find(|known| known.name == name).unwrap_or(&FORMATS[0])
}

/// The report as people read it on the terminal.
pub(crate) fn text(reading: Reading, report: &Report<'_>) -> Result<Vec<u8>, Failure> {
    render(&FORMATS[0], &Setup { reading, ..Setup::default() }, report)
}

fn unrendered(error: std::io::Error) -> Failure {
    Failure::Outside(format!("cannot write the report: {error}"))
}

/// Templates and styles in a project's folder, by name; none where there is no folder.
fn templates(folder: &Path) -> Result<Templates, Failure> {
    let mut found = BTreeMap::new();
    for (part, ending) in [("templates", "html"), ("styles", "css"), ("scripts", "js")] {
        let part = folder.join(part);
        let entries = match std::fs::read_dir(&part) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unwritable(&part, "read", &error)),
        };
        for entry in entries {
            let path = entry.map_err(|error| unwritable(&part, "read", &error))?.path();
            let (Some(name), true) = (path.file_name(), path.extension().is_some_and(|known| known == ending)) else {
                continue;
            };
            let bytes = crate::disk::read(&path, MOST_TEMPLATE_BYTES)
                .map_err(|why| Failure::Outside(format!("cannot read `{}`: {why}", path.display())))?;
            let text = String::from_utf8(bytes)
                .map_err(|_| Failure::usage(format!("`{}` is not UTF-8", path.display()), "save it as UTF-8"))?;
            found.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    Ok(Templates(found.into()))
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, "make", &error))?;
    // a run is too dear to find out afterwards
    tempfile::tempfile_in(folder).map_err(|error| unwritable(folder, "write to", &error))?;
    Ok(())
}

/// Writes each page beside its place and renames it, the first page last; then takes away pages of a former report that
/// this one does not have. Nothing else in the folder is touched.
fn write_pages(folder: &Path, pages: &[html::Page]) -> Result<(), Failure> {
    let list = folder.join(PAGES);
    let former = std::fs::read_to_string(&list).unwrap_or_default();
    for page in pages.iter().rev() {
        let path = folder.join(&page.path);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|error| unwritable(parent, "make", &error))?;
        Sink::prepare(Some(&path))?.write(&page.bytes)?;
    }
    let names: Vec<&str> = pages.iter().map(|page| page.path.as_str()).collect();
    for gone in former.lines().filter(|name| is_page(name) && !names.contains(name)) {
        // one that is gone already is as good
        let _ = std::fs::remove_file(folder.join(gone));
    }
    Sink::prepare(Some(&list))?.write(format!("{}\n", names.join("\n")).as_bytes())
}

/// Whether a name in the list of pages is one that a report can have written.
fn is_page(name: &str) -> bool {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    inside && name.ends_with(".html")
}

/// Appends to a file of the runner's, which other steps append to as well.
fn append(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .map_err(|error| unwritable(path, "write to", &error))?;
    file.write_all(text.as_bytes()).map_err(|error| unwritable(path, "write to", &error))
}

fn unwritable(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure::Outside(format!("cannot {what} `{}`: {}", path.display(), reason(error)))
}
