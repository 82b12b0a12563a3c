//! Text that matches a regular expression.
//!
//! Most patterns become a dense automaton that is walked for eight rows at a time, which hides the latency of its
//! table look-ups. Patterns whose automaton would be large, and those with Unicode word boundaries, run on the regex
//! crate's own engines, which give the same answers.

use arrow::array::{Array, ArrayRef, AsArray, GenericStringArray, OffsetSizeTrait, StringViewArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use assay_core::measurement::MetricError;
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, Repetition};

use super::{ColumnTest, each_text};
use crate::error::unsupported;

/// Automata beyond this stop fitting the cache, and take long to build.
const MAX_AUTOMATON: usize = 1 << 20;
const LANES: usize = 8;

/// `wanted`: whether texts that match pass, or those that do not.
pub(super) fn compile(pattern: &str, ty: &DataType, wanted: bool) -> Result<Box<dyn ColumnTest>, MetricError> {
    if !matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
        return Err(unsupported(format!("a column of type {ty} is not text")));
    }
    let regex =
        regex::Regex::new(pattern).map_err(|e| unsupported(format!("the pattern `{pattern}` is not valid: {e}")))?;
    Ok(match Walk::build(pattern) {
        Some(walk) => Box::new(Dense { walk, wanted }),
        None => Box::new(General { regex, wanted }),
    })
}

struct General {
    regex: regex::Regex,
    wanted: bool,
}

impl ColumnTest for General {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        each_text(array, |s| self.regex.is_match(s) == self.wanted).ok_or_else(|| unsupported("the column is not text"))
    }
}

/// The automaton of "anything, the pattern, anything", so that a search is one walk over the whole text and the
/// answer is known at its end.
struct Walk {
    automaton: dense::DFA<Vec<u32>>,
    start: StateID,
}

impl Walk {
    fn build(pattern: &str) -> Option<Walk> {
        let hir = regex_syntax::parse(pattern).ok()?;
        let any = || {
            let byte = Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(0, 255)])));
            Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub: Box::new(byte) })
        };
        let whole = Hir::concat(vec![any(), hir, any()]);
        let nfa = thompson::Compiler::new()
            .configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_AUTOMATON)))
            .build_from_hir(&whole)
            .ok()?;
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .dfa_size_limit(Some(MAX_AUTOMATON))
            .determinize_size_limit(Some(4 * MAX_AUTOMATON));
        let automaton = dense::Builder::new().configure(config).build_from_nfa(&nfa).ok()?;
        let start = automaton.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Walk { automaton, start })
    }

    fn one(&self, text: &[u8]) -> bool {
        let state = text.iter().fold(self.start, |state, byte| self.automaton.next_state(state, *byte));
        self.automaton.is_match_state(self.automaton.next_eoi_state(state))
    }

    /// Eight texts at once.
    fn eight(&self, texts: [&[u8]; LANES]) -> u8 {
        let mut states = [self.start; LANES];
        let shared = texts.iter().map(|t| t.len()).min().unwrap_or(0);
        let heads = texts.map(|t| &t[..shared]);
        for at in 0..shared {
            for (state, head) in states.iter_mut().zip(heads) {
                *state = self.automaton.next_state(*state, head[at]);
            }
        }
        let mut matches = 0;
        for lane in 0..LANES {
            let state =
                texts[lane][shared..].iter().fold(states[lane], |state, byte| self.automaton.next_state(state, *byte));
            matches |= u8::from(self.automaton.is_match_state(self.automaton.next_eoi_state(state))) << lane;
        }
        matches
    }
}

struct Dense {
    walk: Walk,
    wanted: bool,
}

impl Dense {
    fn run<'a>(&self, rows: usize, text: impl Fn(usize) -> &'a [u8]) -> BooleanBuffer {
        let mut bits = Vec::with_capacity(rows.div_ceil(8));
        let flip = if self.wanted { 0 } else { 0xff };
        let full = rows / LANES;
        for chunk in 0..full {
            bits.push(self.walk.eight(std::array::from_fn(|lane| text(chunk * LANES + lane))) ^ flip);
        }
        let mut last = 0;
        for (lane, row) in (full * LANES..rows).enumerate() {
            last |= u8::from(self.walk.one(text(row))) << lane;
        }
        if !rows.is_multiple_of(LANES) {
            bits.push(last ^ flip);
        }
        BooleanBuffer::new(bits.into(), 0, rows)
    }

    fn strings<O: OffsetSizeTrait>(&self, array: &GenericStringArray<O>) -> BooleanBuffer {
        let (offsets, bytes) = (array.value_offsets(), array.value_data());
        self.run(array.len(), |row| &bytes[offsets[row].as_usize()..offsets[row + 1].as_usize()])
    }

    fn views(&self, array: &StringViewArray) -> BooleanBuffer {
        // null rows may hold any view, which `value` would still read within its buffers
        self.run(array.len(), |row| if array.is_null(row) { &[][..] } else { array.value(row).as_bytes() })
    }
}

impl ColumnTest for Dense {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        Ok(match array.data_type() {
            DataType::Utf8 => self.strings(array.as_string::<i32>()),
            DataType::LargeUtf8 => self.strings(array.as_string::<i64>()),
            DataType::Utf8View => self.views(array.as_string_view()),
            other => return Err(unsupported(format!("a column of type {other} is not text"))),
        })
    }
}
