//! A picture with two axes: where things lie in it, its grid and its words.

use mabeam::Direction;
use maud::{Markup, Render, html};

use super::notation::count;
use super::scale::{Range, Scale, Tick};

/// A coordinate, written with one decimal: a tenth of a pixel is more than anybody sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Px(pub(super) f64);

impl Render for Px {
    fn render_to(&self, page: &mut String) {
        let tenths = (self.0 * 10.0).round() / 10.0;
        page.push_str(&(tenths + 0.0).to_string());
    }
}

/// What an axis shows.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    scale: Scale,
    ticks: Vec<Tick>,
    label: String,
}

impl Axis {
    /// An axis with round ticks, about as many as `about`.
    pub(super) fn new(scale: Scale, about: usize, label: impl Into<String>) -> Self {
        Self { scale, ticks: scale.ticks(about), label: label.into() }
    }

    /// An axis with these ticks.
    pub(super) fn with_ticks(scale: Scale, ticks: Vec<Tick>, label: impl Into<String>) -> Self {
        Self { scale, ticks, label: label.into() }
    }

    /// The axis of an objective's values.
    pub(super) fn of_values(range: Range, about: usize, direction: Direction) -> Self {
        let better = match direction {
            Direction::Maximize => "larger",
            Direction::Minimize => "smaller",
        };
        Self::new(Scale::linear(range.low, range.high), about, format!("value ({better} is better)"))
    }

    /// How wide its labels are, in pixels, by the usual width of a character.
    fn label_width(&self) -> f64 {
        self.ticks.iter().map(|tick| tick.label.chars().count()).max().unwrap_or(0) as f64 * CHARACTER
    }
}

/// The usual width of a character at the size of a tick's label.
const CHARACTER: f64 = 6.4;

/// A picture with two axes.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    x: Axis,
    y: Axis,
}

impl Chart {
    /// Lays out a picture; the margins are as wide as the labels need.
    pub(super) fn new(width: f64, height: f64, x: Axis, y: Axis) -> Self {
        // The label of the last tick sticks out by half its width.
        let last = x.ticks.last().map_or(0, |tick| tick.label.chars().count()) as f64 * CHARACTER / 2.0 + 3.0;
        Self {
            width,
            height,
            left: 28.0 + y.label_width(),
            right: width - last.max(8.0),
            top: 10.0,
            bottom: height - 40.0,
            x,
            y,
        }
    }

    /// Where a value of the horizontal axis lies.
    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + self.x.scale.place(value) * (self.right - self.left)
    }

    /// Where a value of the vertical axis lies.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.y.scale.place(value) * (self.bottom - self.top)
    }

    /// The right end of the horizontal axis.
    pub(super) fn right(&self) -> f64 {
        self.right
    }

    /// The whole picture around what was drawn into it.
    pub(super) fn draw(&self, description: &str, inside: &Markup) -> Markup {
        let grid = html! {
            g.grid {
                @for tick in &self.y.ticks {
                    @let y = Px(self.y(tick.value));
                    line x1=(Px(self.left)) x2=(Px(self.right)) y1=(y) y2=(y) {}
                    text.end x=(Px(self.left - 6.0)) y=(Px(self.y(tick.value) + 4.0)) { (tick.label) }
                }
                @for tick in &self.x.ticks {
                    @let x = Px(self.x(tick.value));
                    line x1=(x) x2=(x) y1=(Px(self.top)) y2=(Px(self.bottom)) {}
                    text.middle x=(x) y=(Px(self.bottom + 16.0)) { (tick.label) }
                }
            }
            g.axis {
                line x1=(Px(self.left)) x2=(Px(self.right)) y1=(Px(self.bottom)) y2=(Px(self.bottom)) {}
                line x1=(Px(self.left)) x2=(Px(self.left)) y1=(Px(self.top)) y2=(Px(self.bottom)) {}
                text.middle x=(Px((self.left + self.right) / 2.0)) y=(Px(self.height - 6.0)) { (self.x.label) }
                @let middle = (self.top + self.bottom) / 2.0;
                text.middle x="12" y=(Px(middle)) transform=(format!("rotate(-90 12 {})", Px(middle).render().0)) {
                    (self.y.label)
                }
            }
        };
        svg(self.width, self.height, description, &html! { (grid) (inside) })
    }
}

/// An SVG element that shrinks with the page and says what it shows to those who do not see it.
pub(super) fn svg(width: f64, height: f64, description: &str, inside: &Markup) -> Markup {
    let (width, height) = (Px(width).render().0, Px(height).render().0);
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(description) { (inside) }
    }
}

/// A picture that keeps its size where the page is narrow, and can be moved sideways there.
pub(super) fn wide(width: f64, picture: &Markup) -> Markup {
    // A picture that fits the page may shrink a little, a wider one not.
    let least = Px(if width > 900.0 { width } else { width * 0.8 }).render().0;
    html! { div.wide { div style=(format!("min-width:{least}px")) { (picture) } } }
}

/// The path along points.
pub(super) fn path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (x, y) in points {
        path.push_str(if path.is_empty() { "M" } else { "L" });
        Px(x).render_to(&mut path);
        path.push(' ');
        Px(y).render_to(&mut path);
    }
    path
}

/// Of too many things, `most` that lie evenly among them, the first and the last among these.
pub(super) fn thinned<T>(things: Vec<T>, most: usize) -> Vec<T> {
    let all = things.len();
    if all <= most || most < 2 {
        return things.into_iter().take(most).collect();
    }
    let mut next = 0;
    let mut kept = Vec::with_capacity(most);
    for (at, thing) in things.into_iter().enumerate() {
        if at == next * (all - 1) / (most - 1) {
            kept.push(thing);
            next += 1;
        }
    }
    kept
}

/// Says that not everything was drawn, and which part was.
pub(super) fn left_out(drawn: usize, all: usize, what: &str, which: &str) -> Markup {
    html! {
        @if drawn < all {
            p.note { "Only " (count(drawn as u64)) " of " (count(all as u64)) " " (what) " are shown: " (which) "." }
        }
    }
}

/// Says that some values lie beyond an axis.
pub(super) fn beyond(range: Range) -> Markup {
    html! {
        @if range.beyond > 0 {
            p.note {
                @if range.beyond == 1 { "1 value is" } @else { (count(range.beyond as u64)) " values are" }
                " far worse than the others and drawn on the edge."
            }
        }
    }
}

/// A section of the page that holds a picture; without a picture `missing` says why.
pub(super) fn section(title: &str, reading: &str, picture: Option<&Markup>, missing: &str) -> Markup {
    html! {
        section {
            h2 { (title) }
            @match picture {
                Some(picture) => {
                    p { (reading) }
                    (picture)
                }
                None => p.note { (missing) },
            }
        }
    }
}

#[cfg(test)]
mod tests;
