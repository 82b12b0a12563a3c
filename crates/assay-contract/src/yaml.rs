//! Text to a tree that knows its places, within budgets: a hostile file costs no more than a large honest one.
//!
//! Contracts need places, every problem at once and the text of numbers, so the tree is built from parser events.
//! Scalars stay text: what a number or a bool is, is decided by whoever reads it (YAML 1.2 core schema).

use std::collections::{BTreeMap, HashMap};

use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use granit_parser::{Event, Marker, Parser, ScalarStyle};

use crate::syntax;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting.
pub const MAX_DEPTH: usize = 64;
/// The most nodes in a file, aliases expanded.
const MAX_NODES: usize = 40_000;
/// The most bytes of text that aliases may repeat.
const MAX_ALIAS_BYTES: usize = 1 << 20;
/// The most nodes that aliases may repeat.
const MAX_ALIAS_NODES: usize = 10_000;

/// What became of a text.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The document; `None` where it is empty or the syntax is broken.
    pub root: Option<Node>,
    /// What is wrong with it as YAML.
    pub problems: Vec<Problem>,
}

/// Bytes to text: the text itself, or as much of it as a problem needs, and the problem.
pub fn decode(bytes: &[u8], file: u16) -> Result<String, (String, Problem)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let top = Span { file, line: 1, column: 1, offset: 0, len: 0 };
    if bytes.len() > MAX_BYTES {
        let size = bytes.len() as f64 / MAX_BYTES as f64;
        let head = String::from_utf8_lossy(&bytes[..400]).into_owned();
        let problem = Problem::at(top, format!("the file is too large: {size:.1} MiB, at most 1 MiB is read"))
            .hint("long lists of values belong into a file of their own: `in: {file: codes.csv}`");
        return Err((head, problem));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err((String::new(), Problem::at(top, "the file is UTF-16").hint("save it as UTF-8")));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.valid_up_to();
            let span = span_at(&String::from_utf8_lossy(&bytes[..valid]), valid, 1, file);
            let message = format!("the file is not UTF-8: byte 0x{:02X} at offset {valid}", bytes[valid]);
            let shown = String::from_utf8_lossy(bytes).into_owned();
            return Err((shown, Problem::at(span, message).hint("save it as UTF-8")));
        }
    };
    match text.char_indices().find(|(_, c)| !is_yaml_character(*c)) {
        None => Ok(text.to_owned()),
        Some((at, c)) => {
            let message = format!("control character U+{:04X}: the file is not plain text", u32::from(c));
            let span = span_at(text, at, c.len_utf8(), file);
            let hint = if text.contains('\0') {
                "a contract is a YAML file; is this another kind of file?"
            } else {
                "inside double quotes it is written as an escape, as in \"\\u0007\""
            };
            Err((text.to_owned(), Problem::at(span, message).hint(hint)))
        }
    }
}

/// YAML's printable characters (YAML 1.2.2, section 5.1).
fn is_yaml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// The span of `len` bytes at a byte offset, its line and column counted in the text.
pub(crate) fn span_at(text: &str, offset: usize, len: usize, file: u16) -> Span {
    let head = &text[..offset];
    let line_start = head.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let breaks = head.bytes().filter(|b| *b == b'\n').count() + count_lone_returns(head);
    Span {
        file,
        line: breaks as u32 + 1,
        column: head[line_start..].chars().count() as u32 + 1,
        offset: offset as u32,
        len: len as u32,
    }
}

fn count_lone_returns(text: &str) -> usize {
    let bytes = text.as_bytes();
    (0..bytes.len()).filter(|&i| bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n')).count()
}

/// Parses one document. A syntax error ends the tree; every other problem is collected and the tree goes on.
pub fn parse(text: &str, file: u16) -> Parsed {
    let mut builder = Builder { text, file, ..Builder::default() };
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let step = match event {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => Err(syntax::problem(&error, text, file)),
        };
        if let Err(fatal) = step {
            builder.problems.push(fatal);
            builder.root = None;
            break;
        }
    }
    Parsed { root: builder.root, problems: builder.problems }
}

/// A node that is done, with what it would cost to repeat it.
#[derive(Debug, Clone)]
struct Built {
    node: Node,
    nodes: usize,
    bytes: usize,
    height: usize,
}

impl Built {
    /// Counts a child in.
    fn hold(&mut self, child: &Built) {
        self.nodes += child.nodes;
        self.bytes += child.bytes;
        self.height = self.height.max(child.height + 1);
    }
}

/// A collection that is open.
struct Open {
    span: Span,
    anchor: usize,
    items: Vec<Built>,
    map: Option<OpenMap>,
}

#[derive(Default)]
struct OpenMap {
    key: Option<(Key, bool)>,
    entries: Vec<(Key, Built)>,
    seen: HashMap<String, Span>,
}

impl OpenMap {
    /// Reads a node as a key; the flag says whether its entry is kept.
    fn read_key(&mut self, node: Node, problems: &mut Vec<Problem>) -> (Key, bool) {
        let span = node.span;
        let (text, problem) = match node.kind {
            NodeKind::Scalar { text, quoted } if text.is_empty() && !quoted => {
                (text, Some(Problem::at(span, "a key is missing before `:`")))
            }
            NodeKind::Scalar { text, quoted } if text == "<<" && !quoted => {
                let problem = Problem::at(span, "merge keys are not used here: `<<`")
                    .hint("share columns and checks with `extends: [pack.yaml]`");
                (text, Some(problem))
            }
            NodeKind::Scalar { text, .. } => (text, None),
            NodeKind::Seq(_) | NodeKind::Map(_) => {
                (String::new(), Some(Problem::at(span, "a key has to be text, not a list or a mapping")))
            }
        };
        let first = self.seen.get(&text).copied();
        self.seen.entry(text.clone()).or_insert(span);
        let problem = problem.or_else(|| {
            first.map(|first| {
                Problem::at(
                    span,
                    format!(
                        "duplicate key `{}`, first at line {}, column {}",
                        shorten(&text),
                        first.line,
                        first.column
                    ),
                )
                .hint("keep one of the two")
            })
        });
        let keep = problem.is_none();
        problems.extend(problem);
        (Key { text, span }, keep)
    }
}

#[derive(Default)]
struct Builder<'a> {
    text: &'a str,
    file: u16,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeMap<usize, Built>,
    documents: usize,
    nodes: usize,
    alias_nodes: usize,
    alias_bytes: usize,
    problems: Vec<Problem>,
}

impl Builder<'_> {
    /// Takes the next event. An error is one that ends the tree.
    fn take(&mut self, event: Event<'_>, span: &granit_parser::Span) -> Result<(), Problem> {
        let at = self.span(&span.start, &span.end);
        if let (Some(_), Some(tag)) = (event.tag(), span.tag_span()) {
            let tag = self.span(&tag.start, &tag.end);
            let written = self.slice(tag).to_owned();
            self.problems.push(
                Problem::at(tag, format!("YAML tags are not used here: `{written}`"))
                    .hint("quote what has to stay text"),
            );
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Problem::at(Span { len: 3, ..at }, "a second document in the same file")
                        .hint("one file holds one contract"));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, _) => self.scalar(text.into_owned(), style, anchor, at),
            Event::SequenceStart(_, anchor, _) => self.start(anchor, at, None),
            Event::MappingStart(_, anchor, _) => self.start(anchor, at, Some(OpenMap::default())),
            Event::SequenceEnd | Event::MappingEnd => self.end(at),
            Event::Alias(id) => self.alias(id, at),
            Event::UnresolvedAlias(name) => {
                self.problems.push(Problem::at(at, format!("nothing above is anchored as `&{name}`")));
                self.forget();
                Ok(())
            }
            // Stream and document borders say nothing; comments and anchor names are not asked for.
            _ => Ok(()),
        }
    }

    fn scalar(&mut self, mut text: String, style: ScalarStyle, anchor: usize, at: Span) -> Result<(), Problem> {
        let quoted = style != ScalarStyle::Plain;
        // The parser writes `~` for a value that is left out; here that stays apart from a written null.
        if !quoted && at.len == 0 {
            text.clear();
        }
        let bytes = text.len();
        let built = Built { node: Node::scalar(text, quoted, at), nodes: 1, bytes, height: 0 };
        self.place(built, anchor)
    }

    fn start(&mut self, anchor: usize, at: Span, map: Option<OpenMap>) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push(Open { span: at, anchor, items: Vec::new(), map });
        Ok(())
    }

    fn end(&mut self, at: Span) -> Result<(), Problem> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let end = at.offset + at.len;
        let span = Span { len: end.saturating_sub(open.span.offset).max(open.span.len), ..open.span };
        let mut total = Built { node: Node { kind: NodeKind::Seq(Vec::new()), span }, nodes: 1, bytes: 0, height: 0 };
        total.node.kind = match open.map {
            None => {
                open.items.iter().for_each(|built| total.hold(built));
                NodeKind::Seq(open.items.into_iter().map(|built| built.node).collect())
            }
            Some(map) => {
                map.entries.iter().for_each(|(key, built)| {
                    total.hold(built);
                    total.bytes += key.text.len();
                });
                NodeKind::Map(map.entries.into_iter().map(|(key, built)| (key, built.node)).collect())
            }
        };
        self.place(total, open.anchor)
    }

    fn alias(&mut self, id: usize, at: Span) -> Result<(), Problem> {
        let Some(target) = self.anchors.get(&id) else {
            self.problems.push(Problem::at(at, format!("`{}` stands inside of what it names", self.slice(at))));
            self.forget();
            return Ok(());
        };
        self.alias_nodes += target.nodes;
        self.alias_bytes += target.bytes;
        if self.alias_nodes > MAX_ALIAS_NODES || self.alias_bytes > MAX_ALIAS_BYTES {
            let message =
                format!("aliases repeat too much: `{}` goes beyond {MAX_ALIAS_NODES} nodes or 1 MiB", self.slice(at));
            return Err(Problem::at(at, message));
        }
        if self.open.len() + target.height > MAX_DEPTH {
            return Err(too_deep(at));
        }
        let mut copy = target.clone();
        copy.node.span = at;
        self.place(copy, 0)
    }

    /// Puts a finished node where it belongs: root, list item, key or value.
    fn place(&mut self, built: Built, anchor: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes + self.alias_nodes > MAX_NODES {
            return Err(Problem::at(built.node.span, format!("the file holds more than {MAX_NODES} values"))
                .hint("long lists of values belong into a file of their own: `in: {file: codes.csv}`"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(built.node);
            return Ok(());
        };
        let Some(map) = &mut open.map else {
            open.items.push(built);
            return Ok(());
        };
        match map.key.take() {
            None => map.key = Some(map.read_key(built.node, &mut self.problems)),
            Some((_, false)) => {}
            Some((key, true)) => map.entries.push((key, built)),
        }
        Ok(())
    }

    /// Leaves out the value that stands here, which was reported already.
    fn forget(&mut self) {
        if let Some(map) = self.open.last_mut().and_then(|open| open.map.as_mut()) {
            map.key = match map.key.take() {
                None => Some((Key { text: String::new(), span: Span::default() }, false)),
                Some(_) => None,
            };
        }
    }

    fn span(&self, start: &Marker, end: &Marker) -> Span {
        let offset = start.byte_offset().unwrap_or(0);
        let len = end.byte_offset().unwrap_or(offset).saturating_sub(offset);
        Span {
            file: self.file,
            line: start.line() as u32,
            column: start.col() as u32 + 1,
            offset: offset as u32,
            len: len as u32,
        }
    }

    fn slice(&self, span: Span) -> &str {
        let start = span.offset as usize;
        self.text.get(start..start + span.len as usize).unwrap_or_default()
    }
}

fn too_deep(at: Span) -> Problem {
    Problem::at(Span { len: 1, ..at }, format!("nested deeper than {MAX_DEPTH} levels"))
}

/// A text short enough for a message.
pub(crate) fn shorten(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
