//! Colours and marks, and what they mean.
//!
//! The colours are those of Okabe and Ito ("Color Universal Design", 2008), which people with any colour vision can
//! tell apart; the style sheet holds them. A rung has a colour, and its dots grow with it, so that no picture rests on
//! colour alone.

use mabeam::{Schedule, Trial, TrialState};
use maud::{Markup, html};

use super::notation::counted;
use super::story::Story;

/// How many rungs have a colour of their own; those above share the last one.
const COLOURS: usize = 6;

/// The class that gives a rung its colour.
pub(super) fn of_rung(rung: usize) -> &'static str {
    ["r0", "r1", "r2", "r3", "r4", "r5"][rung.min(COLOURS - 1)]
}

/// The class that gives a trial the colour of the highest rung it reached, and that of a failure where it reached none.
pub(super) fn of_trial(trial: &Trial) -> &'static str {
    match trial.rungs.last() {
        Some(reached) => of_rung(reached.rung),
        None if trial.state == TrialState::Failed => "failed",
        None => "none",
    }
}

/// The radius of a rung's dots.
pub(super) fn radius(rung: usize) -> f64 {
    2.6 + 0.5 * rung.min(COLOURS - 1) as f64
}

/// The mark of an entry of a legend.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    Dot(f64),
    Line,
    Box,
    /// What was cut off.
    Wedge,
    /// The edge of a box that is not filled.
    Outline,
}

/// An entry of a legend: its colour's class, its mark, its words.
pub(super) type Entry = (&'static str, Mark, String);

/// A legend; its entries flow with the page.
pub(super) fn legend(entries: &[Entry]) -> Markup {
    html! {
        ul.legend {
            @for (class, mark, words) in entries {
                li { (key(class, *mark)) (words) }
            }
        }
    }
}

fn key(class: &str, mark: Mark) -> Markup {
    let shape = match mark {
        Mark::Dot(radius) => html! { circle.dot.(class) cx="9" cy="6" r=(radius) {} },
        Mark::Line => html! { line.line.(class) x1="1" x2="17" y1="6" y2="6" {} },
        Mark::Box => html! { rect.bar.(class) x="2" y="1" width="14" height="10" {} },
        Mark::Outline => html! { rect.open.(class) x="2" y="1" width="14" height="10" {} },
        Mark::Wedge => html! { path.cut d="M5 2L13 2L9 10Z" {} },
    };
    html! { svg.key viewBox="0 0 18 12" aria-hidden="true" { (shape) } }
}

/// The entries of the rungs up to the highest one that was reached.
pub(super) fn rungs(story: &Story, mark: impl Fn(usize) -> Mark) -> Vec<Entry> {
    let schedule = &story.state.config().schedule;
    let Some(highest) = story.highest_rung() else { return Vec::new() };
    (0..=highest.min(COLOURS - 1))
        .map(|rung| {
            let is_shared = rung == COLOURS - 1 && highest > rung;
            (of_rung(rung), mark(rung), rung_name(schedule, rung) + if is_shared { " and above" } else { "" })
        })
        .collect()
}

/// "rung 2 (9 epochs)".
pub(super) fn rung_name(schedule: &Schedule, rung: usize) -> String {
    format!("rung {rung} ({})", counted(u64::from(schedule.epochs_at(rung)), "epoch"))
}
