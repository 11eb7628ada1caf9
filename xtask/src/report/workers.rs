//! How many times sooner more workers are done: a picture that stands alone in a file.

use maud::{PreEscaped, html};

use super::chart::{Axis, Chart, Px, path};
use super::scale::{Scale, Tick};

const STYLE: &str = include_str!("style.css");
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 520.0;
/// The colours of curves, in their order.
const CLASSES: [&str; 6] = ["best", "r1", "r2", "r3", "r4", "r0"];

/// One curve: workers, and how many times sooner than one of them.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) points: Vec<(u32, f64)>,
}

/// Draws the curves on logarithmic axes, with the line on which n workers are n times as fast.
pub(crate) fn draw(curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let most = points().map(|(workers, _)| f64::from(*workers)).fold(1.0, f64::max);
    let (low, high) = points().fold((1.0, most), |(low, high), (_, times)| (times.min(low), times.max(high)));
    let across = Scale::log(1.0, most);
    let chart = Chart::new(
        WIDTH,
        HEIGHT,
        Axis::with_ticks(across, ticks(most), "workers"),
        Axis::new(Scale::log(low, high), 8, "times sooner than one worker"),
    );
    let even = [(chart.x(1.0), chart.y(1.0)), (chart.x(most), chart.y(most))];
    let inside = html! {
        style { (PreEscaped(STYLE)) "svg { background: var(--page); }" }
        path.open.other d=(path(even)) { title { "n workers are n times as fast" } }
        @for (at, curve) in curves.iter().enumerate() {
            @let class = CLASSES[at % CLASSES.len()];
            @let places = curve.points.iter().map(|(workers, times)| (chart.x(f64::from(*workers)), chart.y(*times)));
            @let row = 24.0 + 18.0 * at as f64;
            path.line.(class) d=(path(places.clone())) {}
            @for ((x, y), (workers, times)) in places.zip(&curve.points) {
                circle.dot.(class) cx=(Px(x)) cy=(Px(y)) r="3" {
                    title { (curve.name) ": " (workers) " workers, " (format!("{times:.1}")) " times" }
                }
            }
            path.line.(class) d=(path([(chart.x(1.0) + 16.0, row), (chart.x(1.0) + 40.0, row)])) {}
            text.name x=(Px(chart.x(1.0) + 48.0)) y=(Px(row + 4.0)) { (curve.name) }
        }
    };
    let drawn = chart.draw("How many times sooner more workers are done", &inside).into_string();
    drawn.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1)
}

/// 1, 2, 5, 10, … up to `most`.
fn ticks(most: f64) -> Vec<Tick> {
    let steps = (0..9).flat_map(|power| [1, 2, 5].map(|step| step * 10_u32.pow(power)));
    let values = steps.map(f64::from).take_while(|value| *value <= most);
    values.map(|value| Tick { value, label: super::notation::count(value as u64) }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Curve, draw};

    #[test]
    fn every_point_is_drawn_and_names_are_escaped() {
        let curve = |name: &str, times: f64| Curve {
            name: name.to_owned(),
            points: [1, 10, 500].map(|workers| (workers, f64::from(workers).powf(times))).to_vec(),
        };
        let drawn = draw(&[curve("all <done>", 0.9), curve("goal", 0.5)]);
        assert!(drawn.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" "), "{drawn}");
        assert_eq!(drawn.matches("<circle").count(), 6);
        assert!(drawn.contains("all &lt;done&gt;") && !drawn.contains("<done>"));
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    }
}
