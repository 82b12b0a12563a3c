//! Whole windows without drift, through the product's own judge: 50 columns, and 20 segments of them.

use assay_checks::monitor::{Judged, Labelled, LiveWindow, WindowInput, judge, prepare};
use assay_core::drift::baseline::{BaselineColumn, SegmentId};
use assay_core::drift::record::TestRecord;
use assay_core::drift::state::{SegmentState, WindowState};
use assay_core::verdict::Outcome;
use assay_stats::PValue;
use assay_stats::corrections::Correction;
use assay_stats::drift::ColumnKind;

use crate::categories::Categories;
use crate::monitor;
use crate::numbers::{Law, Sample, Shift, sample};
use crate::random::Rng;
use crate::rules::{ALPHA, Said};
use crate::tally::{Cell, Tally};
use crate::work::{Job, Plan};

/// The part of these cells.
pub const PART: &str = "windows";
/// Windows whose p-values are not corrected: shown beside the others, no bound holds for them.
pub const UNCORRECTED: &str = "windows, not corrected";
/// Windows in which the judge and the rule as written here disagree.
pub const DISAGREE: &str = "windows the judge and the study disagree on";

const COLUMNS: usize = 50;
const CATEGORICAL: usize = 10;
const MISSING: [f64; 5] = [0.0, 0.0, 0.001, 0.01, 0.1];

/// What a window looks like.
#[derive(Debug, Clone, Copy)]
struct Shape {
    name: &'static str,
    n: u64,
    m: u64,
    segments: usize,
    /// Whether three of the columns have 100 and 1,000 categories.
    many: bool,
}

const SHAPES: &[Shape] = &[
    shape("up to 20 categories", 10_000, 500, 0, false),
    shape("up to 20 categories", 10_000, 1_000, 0, false),
    shape("up to 20 categories", 10_000, 2_000, 0, false),
    shape("up to 20 categories", 10_000, 10_000, 0, false),
    shape("up to 20 categories", 1_000, 1_000, 0, false),
    shape("up to 20 categories", 500, 500, 0, false),
    shape("three of 100 to 1,000 categories", 10_000, 2_000, 0, true),
    shape("three of 100 to 1,000 categories", 100_000, 2_000, 0, true),
    shape("20 segments", 40_000, 30_000, 20, false),
];

const fn shape(name: &'static str, n: u64, m: u64, segments: usize, many: bool) -> Shape {
    Shape { name, n, m, segments, many }
}

/// Runs all cells.
pub fn run(plan: &Plan) -> Tally {
    let job = |shape: &Shape| {
        let shape = *shape;
        let rows = COLUMNS as u64 * (shape.n + shape.m);
        Job {
            name: format!("{PART} {} {} {}", shape.name, shape.n, shape.m),
            reps: match plan.short {
                true if rows > 200_000 => 0,
                true => 8,
                false => plan.reps(rows, 30_000_000, 20, 500),
            },
            rows,
            run: Box::new(move |rng: &mut Rng, _, tally: &mut Tally| one(rng, shape, tally)),
        }
    };
    plan.run(PART, &SHAPES.iter().map(job).collect::<Vec<_>>())
}

fn one(rng: &mut Rng, shape: Shape, tally: &mut Tally) {
    let mut columns: Vec<(String, ColumnKind)> = Vec::new();
    let mut profiles: Vec<Vec<BaselineColumn>> = Vec::new();
    let mut states =
        vec![SegmentState { rows: 0, columns: vec![] }; 1 + shape.segments + usize::from(shape.segments > 0)];
    for at in 0..COLUMNS {
        let kind = if at < CATEGORICAL { ColumnKind::Categorical } else { ColumnKind::Numeric };
        let name = format!("column_{at:02}");
        let sides = match kind {
            ColumnKind::Categorical => categorical(rng, shape, &name, at),
            ColumnKind::Numeric => numeric(rng, shape, &name, at),
        };
        let (bases, lives): (Vec<_>, Vec<_>) = sides.into_iter().unzip();
        for (slot, live) in lives.into_iter().enumerate() {
            states[slot].columns.push(live);
        }
        columns.push((name, kind));
        profiles.push(bases);
    }
    for (slot, state) in states.iter_mut().enumerate() {
        state.rows = if slot == 0 { shape.m } else { share(shape.m, shape.segments, slot - 1) };
    }
    // the whole of every column first
    let mut whole: Vec<BaselineColumn> = profiles.iter_mut().map(|bases| bases.remove(0)).collect();
    whole.extend(profiles.into_iter().flatten());
    let baseline = monitor::baseline(whole, shape.n, shape.segments);
    let asked = monitor::monitor(shape.segments as u32);
    let prepared = prepare(&asked, &baseline, &monitor::table(&columns));
    let state = WindowState { segments: states, pairs: vec![], matrix: None, labelled: None };
    let window = LiveWindow::whole("study");
    let judged = judge(
        &prepared,
        &state,
        &WindowInput {
            window: &window,
            rows: shape.m,
            labelled: Labelled::Absent,
            pinned: "study",
            merged: &[],
            history: &[],
            proposals: &[],
            revision: 1,
            late_rows: 0,
            rows_without_time: 0,
            again: false,
            now: 0,
        },
    );
    conclude(&judged, shape, tally);
}

/// Rows of a segment: equal ones, and a last one of what is left by rounding.
fn share(rows: u64, segments: usize, segment: usize) -> u64 {
    let each = rows / segments.max(1) as u64;
    if segment < segments { each } else { rows - each * segments as u64 }
}

fn id(segment: usize) -> Option<SegmentId> {
    Some(SegmentId { segmentation: 0, segment })
}

/// The whole, then each segment.
type Sides = Vec<(BaselineColumn, assay_core::drift::state::ColumnState)>;

fn numeric(rng: &mut Rng, shape: Shape, name: &str, at: usize) -> Sides {
    let law = Law::ALL[at % Law::ALL.len()];
    let missing = MISSING[at % MISSING.len()];
    if shape.segments == 0 {
        let base = sample(rng, law, shape.n, missing, Shift::None);
        let live = sample(rng, law, shape.m, missing, Shift::None);
        return vec![monitor::numeric(name, None, &base, &live)];
    }
    let mut whole = (Sample::default(), Sample::default());
    let mut sides = Vec::new();
    for segment in 0..=shape.segments {
        let base = sample(rng, law, share(shape.n, shape.segments, segment), missing, Shift::None);
        let live = sample(rng, law, share(shape.m, shape.segments, segment), missing, Shift::None);
        for (all, part) in [(&mut whole.0, &base), (&mut whole.1, &live)] {
            all.values.extend(&part.values);
            all.missing += part.missing;
        }
        sides.push(monitor::numeric(name, id(segment), &base, &live));
    }
    whole.0.values.sort_unstable_by(f64::total_cmp);
    whole.1.values.sort_unstable_by(f64::total_cmp);
    sides.insert(0, monitor::numeric(name, None, &whole.0, &whole.1));
    sides
}

fn categorical(rng: &mut Rng, shape: Shape, name: &str, at: usize) -> Sides {
    let law = match (at, shape.many) {
        (0, _) => Categories::uniform(2),
        (1, _) => Categories::rare(0.05),
        (2, true) => Categories::zipf(1_000),
        (3, true) => Categories::zipf(100),
        (4, true) => Categories::uniform(100),
        (2 | 5, _) => Categories::zipf(20),
        (3 | 6, _) => Categories::uniform(20),
        (4 | 7, _) => Categories::zipf(5),
        _ => Categories::uniform(5),
    };
    let missing = MISSING[at % MISSING.len()];
    let draw = |rng: &mut Rng, rows: u64| {
        let gone = rng.binomial(rows, missing);
        (law.draw(rng, rows - gone), gone)
    };
    if shape.segments == 0 {
        let (base, live) = (draw(rng, shape.n), draw(rng, shape.m));
        return vec![monitor::categorical(name, None, &base.0, &live.0, (base.1, live.1))];
    }
    let k = law.shares().len();
    let mut whole = ((vec![0; k], 0), (vec![0; k], 0));
    let mut sides = Vec::new();
    for segment in 0..=shape.segments {
        let base = draw(rng, share(shape.n, shape.segments, segment));
        let live = draw(rng, share(shape.m, shape.segments, segment));
        for (all, part) in [(&mut whole.0, &base), (&mut whole.1, &live)] {
            all.0.iter_mut().zip(&part.0).for_each(|(all, part)| *all += part);
            all.1 += part.1;
        }
        sides.push(monitor::categorical(name, id(segment), &base.0, &live.0, (base.1, live.1)));
    }
    let (base, live) = whole;
    sides.insert(0, monitor::categorical(name, None, &base.0, &live.0, (base.1, live.1)));
    sides
}

/// Any alarm of a window, under each correction; the judge's own verdict against the rule as it is written here.
fn conclude(judged: &Judged, shape: Shape, tally: &mut Tally) {
    let records = judged.checks.iter().filter_map(|check| check.drift.as_deref());
    let tests: Vec<&TestRecord> = records
        .flat_map(|drift| drift.tests.iter().chain(drift.segments.iter().flat_map(|segment| &segment.tests)))
        .filter(|test| test.deciding && !matches!(test.outcome, Outcome::Skipped | Outcome::Error))
        .collect();
    let family: Vec<PValue> = tests.iter().filter_map(|test| test.p_value).collect();
    let cell = |part: &'static str, test: &str| Cell {
        part,
        test: test.into(),
        law: shape.name.into(),
        amount: 0,
        n: shape.n,
        m: shape.m,
    };
    for correction in Correction::ALL {
        let adjusted = correction.adjust(&family);
        let significant = adjusted.iter().any(|p| p.value() < ALPHA);
        let reaches = |test: &TestRecord| {
            let limit = test.limits.and_then(|limits| limits.warn.or(limits.fail));
            limit.zip(test.effect).is_some_and(|(limit, effect)| effect >= limit)
        };
        // every deciding test of the defaults has a p-value, so both lists go together
        let alarm = tests.iter().zip(&adjusted).any(|(test, p)| p.value() < ALPHA && reaches(test));
        let part = if correction == Correction::None { UNCORRECTED } else { PART };
        let said = Said { rows: u64::MAX, significant, alarm };
        tally.entry(cell(part, correction.name())).or_default().record(Some(said));
        if correction == Correction::BenjaminiHochberg {
            let found = matches!(judged.outcome, Outcome::Warn | Outcome::Fail);
            let differs = found != alarm || judged.outcome == Outcome::Error || family.len() != tests.len();
            let said = Said { rows: u64::MAX, significant: differs, alarm: differs };
            tally.entry(cell(DISAGREE, correction.name())).or_default().record(Some(said));
        }
    }
}
