//! What a long study takes the longer it becomes: pictures below each other that stand alone in a file.

use maud::{PreEscaped, html};

use super::chart::{Axis, Chart, Px, path};
use super::notation::{count, number};
use super::scale::Scale;

const STYLE: &str = include_str!("style.css");
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 300.0;
/// The colours of curves, in their order.
const CLASSES: [&str; 4] = ["best", "r1", "r2", "r3"];

/// One curve: how many trials had been told, and what was taken then.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) points: Vec<(u64, f64)>,
}

/// One picture: what its vertical axis says, and the curves in it.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    pub(crate) label: String,
    pub(crate) curves: Vec<Curve>,
}

/// Draws the pictures below each other; every axis begins at 0, so that a curve that looks flat is flat.
pub(crate) fn draw(panels: &[Panel]) -> String {
    let height = HEIGHT * panels.len() as f64;
    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}")) {
            style { (PreEscaped(STYLE)) "svg { background: var(--page); }" }
            @for (at, panel) in panels.iter().enumerate() {
                (PreEscaped(placed(&picture(panel), HEIGHT * at as f64)))
            }
        }
    };
    drawn.into_string()
}

/// A picture put so far down in a larger one.
fn placed(picture: &str, down: f64) -> String {
    picture.replacen("<svg ", &format!("<svg y=\"{down}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" "), 1)
}

fn picture(panel: &Panel) -> String {
    let points = || panel.curves.iter().flat_map(|curve| &curve.points);
    let trials = points().map(|(trials, _)| *trials).max().unwrap_or(0) as f64;
    let most = points().map(|(_, taken)| *taken).fold(0.0, f64::max);
    let chart = Chart::new(
        WIDTH,
        HEIGHT,
        Axis::new(Scale::linear(0.0, trials), 10, "trials told"),
        Axis::new(Scale::linear(0.0, most), 6, panel.label.as_str()),
    );
    let inside = html! {
        @for (at, curve) in panel.curves.iter().enumerate() {
            @let class = CLASSES[at % CLASSES.len()];
            @let places = curve.points.iter().map(|(trials, taken)| (chart.x(*trials as f64), chart.y(*taken)));
            path.line.(class) d=(path(places.clone())) {}
            @for ((x, y), (trials, taken)) in places.zip(&curve.points) {
                circle.dot.(class) cx=(Px(x)) cy=(Px(y)) r="3" {
                    title { (curve.name) ": " (number(*taken)) " " (panel.label) " at " (count(*trials)) " trials" }
                }
            }
            // Below the curves, where the axis begins.
            @let row = chart.y(0.0) - 14.0 - 18.0 * (panel.curves.len() - 1 - at) as f64;
            path.line.(class) d=(path([(chart.x(0.0) + 16.0, row), (chart.x(0.0) + 40.0, row)])) {}
            text.name x=(Px(chart.x(0.0) + 48.0)) y=(Px(row + 4.0)) { (curve.name) }
        }
    };
    chart.draw(&format!("{} over the trials told", panel.label), &inside).into_string()
}

#[cfg(test)]
mod tests {
    use super::{Curve, Panel, draw};

    #[test]
    fn every_point_is_drawn_and_each_picture_has_its_place() {
        let curve = |name: &str, step: f64| Curve {
            name: name.to_owned(),
            points: (1..=20).map(|at| (at * 5_000, step * at as f64)).collect(),
        };
        let panel =
            |label: &str| Panel { label: label.to_owned(), curves: vec![curve("<tpe>", 2.0), curve("team", 3.0)] };
        let drawn = draw(&[panel("CPU µs a trial"), panel("resident MB")]);
        assert!(drawn.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" "), "{drawn}");
        assert_eq!(drawn.matches("<circle").count(), 80);
        assert_eq!(drawn.matches("<svg ").count(), 3);
        assert!(drawn.contains("<svg y=\"0\" ") && drawn.contains("<svg y=\"300\" "), "{drawn}");
        assert!(drawn.contains("&lt;tpe&gt;") && !drawn.contains("<tpe>"));
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    }
}
