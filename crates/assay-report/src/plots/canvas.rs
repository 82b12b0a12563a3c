//! What plots are painted on: the SVG backend of plotters, with the few shapes that plots are made of.

use std::io;

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, ShapeStyle, TextStyle};

use super::axis::Axis;
use super::compact::{self, SEPARATOR};
use super::palette::{INK, RULE, SOFT, Swatch};
use super::text;

/// A place: from the left, from the top.
pub(super) type At = (i32, i32);

/// Whether something could be painted.
pub(super) type Painted = Result<(), DrawingAreaErrorKind<io::Error>>;

/// Size of letters.
pub(super) const LETTERS: f64 = 11.0;

/// Columns of a text that is shown on demand.
const NAMED: usize = 100;

/// A drawing while it is painted.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// How a text stands beside its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The place is where it begins.
    Begins,
    /// The place is its middle.
    Middle,
    /// The place is where it ends.
    Ends,
}

/// Paints a plot: `name` for the style sheet, `label` for those who cannot see it. Where names make it too large for a
/// page of hundreds, what is shown on demand is left out.
pub(super) fn plot(
    name: &str,
    (width, height): (i32, i32),
    label: &str,
    paint: impl FnOnce(&Canvas<'_>) -> Painted,
) -> Option<String> {
    let mut drawn = String::new();
    {
        let size = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        let canvas = Canvas { area: SVGBackend::with_string(&mut drawn, size).into_drawing_area() };
        paint(&canvas).ok()?;
        canvas.area.present().ok()?;
    }
    let mut label = text::escape(&text::sentence(label)).to_string();
    let (letters, limit) = if name == "heat" { ((INK, Side::Middle), 12_000) } else { ((SOFT, Side::Begins), 2_500) };
    let mut shapes = compact::shapes(&drawn, letters, true);
    if shapes.len() + label.len() > limit - 120 {
        shapes = compact::shapes(&drawn, letters, false);
    }
    // names that are nothing but marks to be escaped: the sentence keeps what the plot is
    if shapes.len() + label.len() > limit - 120 {
        label.truncate(label.find("; ").unwrap_or(label.len()));
    }
    Some(format!(
        "<svg class=\"plot plot-{name}\" width=\"{width}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">{shapes}</svg>"
    ))
}

impl Side {
    /// As SVG says it.
    pub(super) fn anchor(self) -> &'static str {
        match self {
            Side::Begins => "start",
            Side::Middle => "middle",
            Side::Ends => "end",
        }
    }
}

impl Canvas<'_> {
    /// A line through places.
    pub fn line(&self, color: Swatch, width: u32, places: impl IntoIterator<Item = At>) -> Painted {
        let places: Vec<At> = places.into_iter().collect();
        self.area.draw(&PathElement::new(places, stroke(color, width)))
    }

    /// An area within places.
    pub fn area(&self, color: Swatch, places: impl IntoIterator<Item = At>) -> Painted {
        let places: Vec<At> = places.into_iter().collect();
        self.area.draw(&Polygon::new(places, color.rgb().filled()))
    }

    /// A rectangle between two corners; nothing where it has no area.
    pub fn bar(&self, color: Swatch, (x0, y0): At, (x1, y1): At) -> Painted {
        if x0 == x1 || y0 == y1 {
            return Ok(());
        }
        let corners = [(x0.min(x1), y0.min(y1)), (x0.max(x1), y0.max(y1))];
        self.area.draw(&Rectangle::new(corners, color.rgb().filled()))
    }

    /// A dot.
    pub fn dot(&self, color: Swatch, at: At, radius: i32) -> Painted {
        self.area.draw(&Circle::new(at, radius, color.rgb().filled()))
    }

    /// A text at the height of its middle.
    pub fn text(&self, color: Swatch, at: At, side: Side, text: &str) -> Painted {
        self.write(color, at, side, text::clean(text))
    }

    /// A text in at most so many columns; where that leaves some out, all of it is shown on demand.
    pub fn short(&self, color: Swatch, at: At, columns: usize, side: Side, text: &str) -> Painted {
        self.named(color, at, side, &text::shorten(text, columns), text)
    }

    /// A text that stands for a longer one, which is shown on demand.
    pub fn named(&self, color: Swatch, at: At, side: Side, short: &str, all: &str) -> Painted {
        let (short, all) = (text::clean(short), text::shorten(all, NAMED));
        self.write(color, at, side, if short == all { short } else { format!("{short}{SEPARATOR}{all}") })
    }

    fn write(&self, color: Swatch, at: At, side: Side, text: String) -> Painted {
        let h_pos = match side {
            Side::Begins => HPos::Left,
            Side::Middle => HPos::Center,
            Side::Ends => HPos::Right,
        };
        let rgb = color.rgb();
        let style = TextStyle::from(("sans-serif", LETTERS).into_font()).color(&rgb);
        self.area.draw(&Text::new(text, at, style.pos(Pos::new(h_pos, VPos::Center))))
    }

    /// A line at the foot of a plot with round values under it.
    pub fn foot(&self, axis: &Axis, (left, right): (i32, i32), y: i32, count: u32) -> Painted {
        let mut marks = axis.ticks(count);
        marks.retain(|(_, shown)| shown.len() < 12);
        self.line(RULE, 1, [(left, y), (right, y)])?;
        for (value, _) in &marks {
            let x = axis.place(*value);
            self.line(RULE, 1, [(x, y), (x, y + 3)])?;
        }
        for (value, shown) in &marks {
            let x = axis.place(*value);
            let half = text::width(shown) / 2;
            let side = if x + half > right {
                Side::Ends
            } else if x - half < left {
                Side::Begins
            } else {
                Side::Middle
            };
            self.text(SOFT, (x, y + 11), side, shown)?;
        }
        Ok(())
    }
}

fn stroke(color: Swatch, width: u32) -> ShapeStyle {
    color.rgb().stroke_width(width)
}
