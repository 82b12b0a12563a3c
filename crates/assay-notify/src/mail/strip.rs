//! How a document's last runs went, as a small drawing and in words.
//!
//! Height says how bad a run was, colour only repeats it: passed ones are low, broken ones high, those that could not be
//! evaluated are high and hollow. Around the bars it is transparent, and the colours are seen on light and on dark.

use assay_core::verdict::Outcome;

/// Runs of a drawing, at most.
const MOST: usize = 30;
/// Pixels of a bar with the gap beside it, and of the bar. It is shown at half its size, sharp on fine screens.
const STEP: usize = 16;
const BAR: usize = 12;
const HEIGHT: usize = 36;
/// Pixels around what is hollow.
const EDGE: usize = 3;

/// The newest that have room.
pub(super) fn newest(outcomes: &[Outcome]) -> &[Outcome] {
    &outcomes[outcomes.len().saturating_sub(MOST)..]
}

/// `30 runs: 27 passed, 3 failed`.
pub(super) fn words(outcomes: &[Outcome]) -> String {
    let words = [
        (Outcome::Pass, "passed"),
        (Outcome::Warn, "warned"),
        (Outcome::Fail, "failed"),
        (Outcome::Error, "could not be evaluated"),
        (Outcome::Skipped, "skipped"),
    ];
    let counts: Vec<String> = words
        .into_iter()
        .map(|(outcome, word)| (outcomes.iter().filter(|found| **found == outcome).count(), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    format!("{} run{}: {}", outcomes.len(), if outcomes.len() == 1 { "" } else { "s" }, counts.join(", "))
}

/// How wide it is shown, in pixels.
pub(super) fn width(outcomes: &[Outcome]) -> u32 {
    (outcomes.len() * STEP / 2) as u32
}

/// The drawing as PNG, oldest first; the same bytes for the same outcomes.
pub(super) fn png(outcomes: &[Outcome]) -> Option<Vec<u8>> {
    let width = outcomes.len() * STEP;
    let mut pixels = vec![0_u8; width * HEIGHT];
    for (n, outcome) in outcomes.iter().enumerate() {
        bar(&mut pixels, width, n * STEP, *outcome);
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(width).ok()?, HEIGHT as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(PALETTE.as_flattened());
    encoder.set_trns(&[0_u8, 255, 255, 255, 255, 255][..]);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

/// Transparent, then passed, warned, failed, could not be evaluated, skipped.
const PALETTE: [[u8; 3]; 6] =
    [[0, 0, 0], [0x2f, 0x9e, 0x5b], [0xd1, 0x8f, 0x16], [0xdf, 0x4b, 0x43], [0xab, 0x56, 0xc4], [0x8a, 0x94, 0xa3]];

/// Its colour, and how high it is.
fn looks(outcome: Outcome) -> (u8, usize) {
    match outcome {
        Outcome::Pass => (1, 14),
        Outcome::Warn => (2, 24),
        Outcome::Fail => (3, HEIGHT),
        Outcome::Error => (4, HEIGHT),
        Outcome::Skipped => (5, 4),
    }
}

fn bar(pixels: &mut [u8], width: usize, left: usize, outcome: Outcome) {
    let (colour, height) = looks(outcome);
    let top = HEIGHT - height;
    for y in top..HEIGHT {
        for x in 0..BAR {
            let is_inside = (EDGE..BAR - EDGE).contains(&x) && (top + EDGE..HEIGHT - EDGE).contains(&y);
            if outcome != Outcome::Error || !is_inside {
                pixels[y * width + left + x] = colour;
            }
        }
    }
}
