//! The colours of plots, by name.
//!
//! A plot is drawn in the colours of the light theme. [`stylesheet`] turns each into a variable, so that a page can
//! draw the same plot in another theme. Baseline is grey and live is blue, warnings amber and failures vermilion: hues
//! that stay apart for people who see few of them. No plot says anything by colour alone.

use plotters::style::RGBColor;

/// A colour: what it is drawn in, and what it becomes in both themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swatch {
    /// The variable of the style sheet: `--plot-live`.
    pub variable: &'static str,
    /// In the light theme, which is also how it is written in the drawing: `#1f5fd1`.
    pub light: &'static str,
    /// In the dark theme.
    pub dark: &'static str,
    /// Whether lines in it are dashed.
    pub dashed: bool,
}

const fn swatch(variable: &'static str, light: &'static str, dark: &'static str) -> Swatch {
    Swatch { variable, light, dark, dashed: false }
}

/// Text that matters, and the mark of D.
pub const INK: Swatch = swatch("--plot-ink", "#1f2328", "#e6edf3");
/// Text of axes.
pub const SOFT: Swatch = swatch("--plot-soft", "#57606a", "#9da7b1");
/// Axes and lines behind.
pub const RULE: Swatch = swatch("--plot-rule", "#d8dee4", "#373e47");
/// The baseline: lines and words.
pub const BASE: Swatch = swatch("--plot-base", "#646e79", "#959fab");
/// The baseline: areas.
pub const BASE_AREA: Swatch = swatch("--plot-base-area", "#cfd5dc", "#4a535e");
/// Live.
pub const LIVE: Swatch = swatch("--plot-live", "#1f5fd1", "#6cb0ff");
/// Warnings.
pub const WARN: Swatch = swatch("--plot-warn", "#8a5c00", "#e3b341");
/// Failures.
pub const FAIL: Swatch = swatch("--plot-fail", "#b93a0c", "#ff8f66");
/// The limit of a warning.
pub const WARN_LIMIT: Swatch = Swatch { dashed: true, ..swatch("--plot-warn-limit", "#8a5c01", "#e3b341") };
/// The limit of a failure.
pub const FAIL_LIMIT: Swatch = Swatch { dashed: true, ..swatch("--plot-fail-limit", "#b93a0d", "#ff8f66") };
/// A correlation that fell by much, by some, by a little.
pub const FELL: [Swatch; 3] = [
    swatch("--plot-fell-3", "#f0954f", "#8f4a14"),
    swatch("--plot-fell-2", "#fac493", "#663b1a"),
    swatch("--plot-fell-1", "#fde6d3", "#3f2b1e"),
];
/// A correlation that stayed.
pub const STAYED: Swatch = swatch("--plot-stayed", "#f0f2f4", "#252b33");
/// A correlation that rose by a little, by some, by much.
pub const ROSE: [Swatch; 3] = [
    swatch("--plot-rose-1", "#dbe9fd", "#1a2c48"),
    swatch("--plot-rose-2", "#a8cafa", "#1c3d72"),
    swatch("--plot-rose-3", "#6ea6f4", "#1f529f"),
];

/// Every colour a plot may use.
pub const PALETTE: [Swatch; 17] = [
    INK, SOFT, RULE, BASE, BASE_AREA, LIVE, WARN, FAIL, WARN_LIMIT, FAIL_LIMIT, FELL[0], FELL[1], FELL[2], STAYED,
    ROSE[0], ROSE[1], ROSE[2],
];

impl Swatch {
    /// For the drawing library.
    pub(super) fn rgb(&self) -> RGBColor {
        let part = |at: usize| u8::from_str_radix(&self.light[at..at + 2], 16).unwrap_or(0);
        RGBColor(part(1), part(3), part(5))
    }
}

/// The rules that plots need in a page: variables for both themes, what each drawn colour becomes, type, and sizes.
///
/// The dark theme holds where the reader's system asks for it or the page says `data-theme="dark"`, never on paper.
pub fn stylesheet() -> String {
    let variables = |pick: fn(&Swatch) -> &'static str| -> String {
        PALETTE.iter().map(|swatch| format!("{}:{};", swatch.variable, pick(swatch))).collect()
    };
    let (light, dark) = (variables(|swatch| swatch.light), variables(|swatch| swatch.dark));
    let mut css = format!(
        ":root{{{light}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n\
         @media screen{{:root[data-theme=dark]{{{dark}}}}}\n\
         svg.plot{{display:block;max-width:100%;height:auto}}\n\
         svg.plot-spark{{display:inline-block;vertical-align:middle}}\n\
         svg.plot text{{font:11px system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif;\
         font-variant-numeric:tabular-nums;fill:var({})}}\n\
         svg.plot-heat text{{fill:var({})}}\nsvg.plot-heat text:not([text-anchor]){{text-anchor:middle}}\n",
        SOFT.variable, INK.variable
    );
    for Swatch { variable, light, dashed, .. } in PALETTE {
        let dash = if dashed { ";stroke-dasharray:4 3" } else { "" };
        css.push_str(&format!(
            "svg.plot [fill=\"{light}\"]{{fill:var({variable})}}\n\
             svg.plot [stroke=\"{light}\"]{{stroke:var({variable}){dash}}}\n"
        ));
    }
    css
}
