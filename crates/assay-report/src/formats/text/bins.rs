//! The bins of a column that drifted: rows and shares on both sides with bars, and what each bin adds to the PSI.

use assay_stats::drift::Bins;
use unicode_width::UnicodeWidthStr;

use super::escape::printable;
use super::figures::{number, percent};
use super::page::{Page, Tone};
use super::sample::cut;
use super::words::{count, plural};

/// Under the sentence of its check.
const INDENT: usize = 10;
/// Bins beyond this many are left out, those first that add least to the PSI.
const SHOWN: usize = 10;
/// Columns of the longest bar.
const BAR: usize = 10;
/// Between columns.
const GAP: usize = 2;
/// A label is cut at this many columns; on a narrow page at the second.
const LABEL: (usize, usize) = (30, 12);

/// Writes the bins.
pub(super) fn table(bins: &Bins, page: &mut Page) {
    let rows = rows(bins);
    let (shown, left_out) = by_weight(&rows);
    if shown.is_empty() {
        return;
    }
    let longest = shown.iter().flat_map(|row| [row.base.share, row.live.share]).fold(0.0, f64::max);
    let width = page.reading.width.saturating_sub(INDENT);
    let forms = [(LABEL.0, true, true), (LABEL.0, true, false), (LABEL.0, false, false), (LABEL.1, false, false)];
    let tables = forms.map(|(label, counts, bars)| lines(&shown, label, counts, bars.then_some(longest)));
    let fits = |lines: &&Vec<String>| lines.iter().all(|line| line.width() <= width);
    let [.., narrowest] = &tables;
    for (at, line) in tables.iter().find(fits).unwrap_or(narrowest).iter().enumerate() {
        page.line(INDENT, &[(if at == 0 { Tone::Faint } else { Tone::Plain }, line)]);
    }
    if !left_out.is_empty() {
        let psi: f64 = left_out.iter().map(|row| row.psi).sum();
        let text = format!("… and {} with {} of the PSI", plural(left_out.len(), "bin"), rounded(psi));
        page.line(INDENT, &[(Tone::Faint, &text)]);
    }
}

pub(crate) struct Row<'a> {
    pub label: &'a str,
    pub base: Side,
    pub live: Side,
    pub psi: f64,
}

pub(crate) struct Side {
    pub rows: u64,
    pub share: f64,
}

/// Bins that are not empty on both sides. What a bin adds to the PSI is (l - b) ln(l / b) of its smoothed shares,
/// (count + 0.5) / (rows + 0.5 k), as the test `psi` has it.
pub(crate) fn rows(bins: &Bins) -> Vec<Row<'_>> {
    let all = bins.labels.iter().zip(bins.base.iter().zip(&bins.live));
    let kept: Vec<_> = all.filter(|(_, (base, live))| **base > 0 || **live > 0).collect();
    let k = kept.len() as f64;
    let total = |rows: &[u64]| rows.iter().map(|rows| *rows as f64).sum::<f64>();
    let (n, m) = (total(&bins.base), total(&bins.live));
    let side = |rows: u64, total: f64| Side { rows, share: if total > 0.0 { rows as f64 / total } else { 0.0 } };
    let smoothed = |rows: u64, total: f64| (rows as f64 + 0.5) / (total + 0.5 * k);
    kept.into_iter()
        .map(|(label, (&base, &live))| {
            let (b, l) = (smoothed(base, n), smoothed(live, m));
            Row { label, base: side(base, n), live: side(live, m), psi: (l - b) * (l / b).ln() }
        })
        .collect()
}

/// The bins that add most, in their own order, and the others.
fn by_weight<'a>(rows: &'a [Row<'a>]) -> (Vec<&'a Row<'a>>, Vec<&'a Row<'a>>) {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| rows[*b].psi.total_cmp(&rows[*a].psi));
    let (most, others) = order.split_at_mut(SHOWN.min(rows.len()));
    most.sort_unstable();
    let of = |places: &[usize]| places.iter().map(|at| &rows[*at]).collect();
    (of(most), of(others))
}

/// A header and a line for each bin. Without a longest share there are no bars.
fn lines(rows: &[&Row<'_>], label: usize, counts: bool, longest: Option<f64>) -> Vec<String> {
    let side = |name: &str| {
        let header = [counts.then_some("rows"), Some("share")].into_iter().flatten();
        let mut cells: Vec<(String, Align)> = header.map(|word| (format!("{name} {word}"), Align::Right)).collect();
        cells.extend(longest.map(|_| (String::new(), Align::Left)));
        cells
    };
    let mut header = vec![("bin".to_string(), Align::Left)];
    header.extend(side("baseline"));
    header.extend(side("live"));
    header.push(("psi".into(), Align::Right));
    let (header, aligns): (Vec<String>, Vec<Align>) = header.into_iter().unzip();

    let mut table = vec![header];
    for row in rows {
        let mut cells = vec![cut(&printable(row.label), label)];
        for side in [&row.base, &row.live] {
            cells.extend(counts.then(|| count(side.rows)));
            cells.push(percent(side.share));
            cells.extend(longest.map(|longest| bar(side.share, longest)));
        }
        cells.push(rounded(row.psi));
        table.push(cells);
    }
    let widths: Vec<usize> =
        (0..aligns.len()).map(|at| table.iter().map(|cells| cells[at].width()).max().unwrap_or_default()).collect();
    table.iter().map(|cells| aligned(cells, &aligns, &widths)).collect()
}

#[derive(Debug, Clone, Copy)]
enum Align {
    Left,
    Right,
}

fn aligned(cells: &[String], aligns: &[Align], widths: &[usize]) -> String {
    let mut line = String::new();
    for ((cell, align), width) in cells.iter().zip(aligns).zip(widths) {
        let blanks = " ".repeat(width.saturating_sub(cell.width()));
        let (before, after) = match align {
            Align::Left => ("", blanks.as_str()),
            Align::Right => (blanks.as_str(), ""),
        };
        line.extend([before, cell, after, &" ".repeat(GAP)]);
    }
    line.trim_end().to_string()
}

/// To six decimals, beyond which no bin matters.
pub(crate) fn rounded(psi: f64) -> String {
    number((psi * 1e6).round() / 1e6)
}

/// A bar of block characters, to an eighth of a column; something that is not nothing is at least an eighth.
fn bar(share: f64, longest: f64) -> String {
    const EIGHTHS: [char; 8] = ['█', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    if share <= 0.0 || longest <= 0.0 {
        return String::new();
    }
    let eighths = ((share / longest * (BAR * 8) as f64).round() as usize).clamp(1, BAR * 8);
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_bins_add_is_the_psi() {
        // 0.5 ln(0.75/0.25) of two bins each way, from shares 1/4 and 3/4, before smoothing; with it, by hand:
        // b = (1.5 / 5, 3.5 / 5), l = (3.5 / 5, 1.5 / 5); the third bin is empty and counts for nothing.
        let labels = ["a", "b", "c"].map(String::from).to_vec();
        let bins = Bins { labels, base: vec![1, 3, 0], live: vec![3, 1, 0] };
        let rows = rows(&bins);
        let each = 0.4 * (3.5_f64 / 1.5).ln();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| (row.psi - each).abs() < 1e-15));
    }

    #[test]
    fn the_bins_left_out_are_those_that_add_least_whatever_they_are_called() {
        let bins = Bins { labels: vec!["1".into(); 14], base: vec![100; 14], live: (100..114).rev().collect() };
        let rows = rows(&bins);
        let (shown, left_out) = by_weight(&rows);
        assert_eq!((shown.len(), left_out.len()), (10, 4));
        let live = |rows: &[&Row<'_>]| rows.iter().map(|row| row.live.rows).collect::<Vec<_>>();
        assert_eq!(live(&shown), [113, 112, 111, 110, 109, 104, 103, 102, 101, 100]);
        let least = shown.iter().map(|row| row.psi).fold(f64::INFINITY, f64::min);
        assert!(left_out.iter().all(|row| row.psi <= least));
    }

    #[test]
    fn bars_are_as_long_as_their_share() {
        assert_eq!(
            [0.0, 0.5, 1.0, 1e-9, 0.3125].map(|share| bar(share, 1.0)),
            ["", "█████", "██████████", "▏", "███▏"]
        );
        assert_eq!(bar(0.0, 0.0), "");
    }
}
