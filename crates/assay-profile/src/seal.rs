//! What a baseline is known by: a hash of everything in it but the time it was made.

use assay_core::drift::baseline::{
    Baseline, BaselineColumn, CategoryProfile, Header, NumericProfile, SegmentId, Target, TargetProfile,
};
use assay_core::drift::category::Category;
use assay_core::drift::live::LabelBins;
use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};
use assay_stats::drift::ColumnKind;
use sha2::{Digest, Sha256};

/// Computes `schema_hash` and `sha256` of the header.
#[must_use]
pub fn seal(mut baseline: Baseline) -> Baseline {
    baseline.header.schema_hash = schema_hash(&baseline);
    baseline.header.sha256 = content_hash(&baseline);
    baseline
}

/// SHA-256 over names and types of the columns in table order, hex.
pub fn schema_hash(baseline: &Baseline) -> String {
    let mut ink = Ink::default();
    ink.all(baseline.whole(), |ink, column| {
        ink.text(&column.name);
        ink.text(&column.dtype);
    });
    ink.hex()
}

/// SHA-256 over everything but `created_at` and itself, hex. Every list ends with its length and every choice begins with
/// a number, so that different baselines give different bytes; floats are hashed by their bits.
pub fn content_hash(baseline: &Baseline) -> String {
    let mut ink = Ink::default();
    header(&mut ink, &baseline.header);
    ink.all(&baseline.columns, column);
    ink.all(&baseline.pairs, |ink, pair| {
        for (name, of) in [&pair.x, &pair.y] {
            ink.text(name);
            scale(ink, of);
        }
        moments(ink, &pair.moments);
    });
    ink.maybe(baseline.covariance.as_ref(), |ink, covariance| {
        ink.all(&covariance.columns, |ink, (name, of)| {
            ink.text(name);
            scale(ink, of);
        });
        matrix(ink, &covariance.fit);
        ink.all(&covariance.chunks, matrix);
    });
    ink.all(&baseline.performance, |ink, (metric, value)| {
        ink.text(metric);
        ink.float(*value);
    });
    ink.maybe(baseline.target.as_ref(), target);
    ink.hex()
}

fn header(ink: &mut Ink, header: &Header) {
    ink.text(&header.name);
    ink.number(header.format_version.0.into());
    ink.number(header.format_version.1.into());
    ink.number(header.formula_version.into());
    ink.number(header.rows);
    ink.maybe(header.rows_before_sampling, |ink, rows| ink.number(rows));
    ink.maybe(header.time_range.as_ref(), |ink, (from, to)| {
        ink.text(from);
        ink.text(to);
    });
    ink.maybe(header.timezone.as_ref(), |ink, zone| ink.text(zone));
    ink.text(&header.schema_hash);
    ink.number(header.seed);
    ink.number(header.sampled_values.into());
    ink.number(header.min_bin_count);
    ink.all(&header.lineage, |ink, (key, value)| {
        ink.text(key);
        ink.text(value);
    });
    ink.all(&header.segmentations, |ink, segmentation| {
        ink.all(&segmentation.by, |ink, name| ink.text(name));
        ink.all(&segmentation.segments, |ink, values| {
            ink.all(values, |ink, value| ink.maybe(value.as_ref(), category));
        });
    });
    ink.all(&header.notes, |ink, note| ink.text(note));
}

fn column(ink: &mut Ink, column: &BaselineColumn) {
    ink.text(&column.name);
    ink.maybe(column.segment, |ink, SegmentId { segmentation, segment }| {
        ink.number(segmentation as u64);
        ink.number(segment as u64);
    });
    ink.number(u64::from(column.role == ColumnKind::Categorical));
    ink.text(&column.dtype);
    let cells = &column.cells;
    for count in [cells.rows, cells.nulls, cells.nan, cells.minus_infinity, cells.plus_infinity] {
        ink.number(count);
    }
    ink.maybe(column.numeric.as_ref(), numeric);
    ink.maybe(column.categories.as_ref(), categories);
    ink.maybe(column.target.as_ref(), target_profile);
}

fn numeric(ink: &mut Ink, profile: &NumericProfile) {
    ink.maybe(profile.range, |ink, (min, max)| {
        ink.float(min);
        ink.float(max);
    });
    ink.float(profile.mean);
    ink.float(profile.m2);
    ink.text(&profile.knots.digest);
    ink.all(&profile.sample, |ink, (value, rows)| {
        ink.float(*value);
        ink.number(*rows);
    });
}

fn categories(ink: &mut Ink, profile: &CategoryProfile) {
    ink.text(&profile.set.digest);
    ink.all(&profile.counts, |ink, rows| ink.number(*rows));
    for count in [profile.tail_rows, profile.distinct, profile.singletons] {
        ink.number(count);
    }
}

fn target_profile(ink: &mut Ink, profile: &TargetProfile) {
    match &*profile.bins {
        LabelBins::Edges(edges, of) => {
            ink.number(0);
            ink.all(edges, |ink, edge| ink.float(*edge));
            scale(ink, of);
        }
        LabelBins::Categories(names) => {
            ink.number(1);
            ink.all(names, category);
        }
    }
    ink.all(&profile.sums, |ink, sums| {
        ink.number(sums.n);
        ink.wide(sums.sum);
        ink.wide(sums.squares);
    });
    ink.maybe(profile.moments.as_ref(), moments);
}

fn target(ink: &mut Ink, target: &Target) {
    ink.text(&target.column);
    ink.number(target.classes.into());
    ink.maybe(target.positive.as_ref(), category);
    ink.maybe(target.scale.as_ref(), scale);
    ink.float(target.sd);
}

fn category(ink: &mut Ink, category: &Category) {
    ink.number(category.kind as u64);
    ink.text(&category.text);
}

fn scale(ink: &mut Ink, scale: &Scale) {
    ink.float(scale.lo());
    ink.float(scale.hi());
}

fn moments(ink: &mut Ink, moments: &CoMoments) {
    ink.number(moments.n);
    for sum in [moments.sx, moments.sy, moments.sxx, moments.syy, moments.sxy] {
        ink.wide(sum);
    }
}

fn matrix(ink: &mut Ink, matrix: &MomentMatrix) {
    ink.number(matrix.n());
    ink.all(matrix.sums(), |ink, sum| ink.wide(*sum));
    ink.all(matrix.products(), |ink, product| ink.wide(*product));
}

/// Values on their way into a hash.
#[derive(Default)]
struct Ink(Sha256);

impl Ink {
    fn number(&mut self, value: u64) {
        self.0.update(value.to_le_bytes());
    }

    fn wide(&mut self, value: i128) {
        self.0.update(value.to_le_bytes());
    }

    fn float(&mut self, value: f64) {
        self.number(value.to_bits());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text);
    }

    fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Ink, T)) {
        self.number(value.is_some().into());
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn all<T>(&mut self, values: impl IntoIterator<Item = T>, write: impl Fn(&mut Ink, T)) {
        // the length comes last where it is not known first: what is before it is prefix-free by itself
        let mut n = 0;
        for value in values {
            self.0.update([1]);
            write(self, value);
            n += 1;
        }
        self.0.update([0]);
        self.number(n);
    }

    fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Bytes as hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
