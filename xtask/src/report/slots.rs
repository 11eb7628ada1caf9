//! The slots over the study's own time: which trial was where, and what was cut off.

use maud::{Markup, html};

use super::chart::{Axis, Chart, Px, left_out, section, wide};
use super::legend::{self, Mark};
use super::notation::counted;
use super::scale::{Scale, Tick};
use super::story::{End, Piece, Story};

/// How many slots and pieces of work are drawn at most.
const MOST_SLOTS: usize = 24;
const MOST_PIECES: usize = 4_000;
const WIDTH: f64 = 860.0;
const ROW: f64 = 24.0;
const BAR: f64 = 16.0;
/// The width of a digit of a trial's number.
const DIGIT: f64 = 6.2;

/// Draws the section.
pub(super) fn draw(story: &Story) -> Markup {
    let drawn = (!story.pieces.is_empty()).then(|| picture(story));
    section(
        "Slots",
        "Each bar is a piece of work: a trial on its way to a rung. The time is the study's own, in epochs, which is \
         the same however fast the machine was; a gap is a slot that waited for others.",
        drawn.as_ref(),
        "No trial was started.",
    )
}

fn picture(story: &Story) -> Markup {
    let slots = story.state.slots().len();
    let shown = slots.min(MOST_SLOTS);
    let mut pieces: Vec<&Piece> = story.pieces.iter().filter(|piece| piece.slot < shown).collect();
    let all = pieces.len();
    // The largest are kept; of the smallest nothing would be seen.
    pieces.sort_by_key(|piece| std::cmp::Reverse((piece.cut_off > 0, piece.cost())));
    pieces.truncate(MOST_PIECES);
    let ends = story.pieces.iter().map(Piece::until).chain(story.waits.iter().map(|wait| wait.until));
    let chart = Chart::new(
        WIDTH,
        60.0 + ROW * shown as f64,
        Axis::new(Scale::linear(0.0, ends.max().unwrap_or(1) as f64), 9, "the study's time (epochs)"),
        Axis::with_ticks(Scale::linear(0.5 - shown as f64, 0.5), names(shown), ""),
    );
    let inside = html! { @for piece in &pieces { (bar(story, &chart, piece)) } };
    let mut entries = legend::rungs(story, |_| Mark::Box);
    for (is_there, class, mark, words) in [
        (story.pieces.iter().any(|piece| piece.end == End::Failed), "failed", Mark::Box, "failed"),
        (story.pieces.iter().any(|piece| piece.end == End::Open), "none", Mark::Outline, "under way at the log's end"),
        (story.pieces.iter().any(|piece| piece.cut_off > 0), "none", Mark::Wedge, "cut off and begun again"),
    ] {
        if is_there {
            entries.push((class, mark, words.to_owned()));
        }
    }
    let picture = chart.draw("Which trial was on which slot, over the study's time", &inside);
    html! {
        (legend::legend(&entries))
        (wide(WIDTH, &picture))
        (left_out(pieces.len(), all, "pieces of work", "the longest ones"))
        (left_out(shown, slots, "slots", "the first ones"))
    }
}

/// The vertical axis counts downwards, so that slot 0 is at the top.
fn names(slots: usize) -> Vec<Tick> {
    (0..slots).map(|slot| Tick { value: -(slot as f64), label: format!("slot {slot}") }).collect()
}

fn bar(story: &Story, chart: &Chart, piece: &Piece) -> Markup {
    let (left, right) = (chart.x(piece.at as f64), chart.x(piece.until() as f64));
    let middle = chart.y(-(piece.slot as f64));
    let number = piece.trial.to_string();
    // A hair's breadth between neighbours, and never nothing.
    let width = (right - left - 0.6).max(0.6);
    let class = match piece.end {
        End::Open => "open none",
        End::Failed => "bar failed",
        End::Reached(_) => "bar",
    };
    let colour = if piece.end == End::Failed { "" } else { legend::of_rung(piece.rung) };
    html! {
        g class=(colour) {
            title { (told(story, piece)) }
            rect class=(class) x=(Px(left)) y=(Px(middle - BAR / 2.0)) width=(Px(width)) height=(Px(BAR)) {}
            @if width > DIGIT * number.len() as f64 + 3.0 {
                text.middle.on.open-text[piece.end == End::Open].failed-text[piece.end == End::Failed]
                    x=(Px((left + right) / 2.0)) y=(Px(middle + 4.0)) { (number) }
            }
            @if piece.cut_off > 0 {
                @let (x, y) = ((left + right) / 2.0, middle - BAR / 2.0);
                path.cut d=(format!("M{} {}h8l-4 7Z", Px(x - 4.0).0.round(), Px(y - 5.0).0.round())) {}
            }
        }
    }
}

fn told(story: &Story, piece: &Piece) -> String {
    let rung = legend::rung_name(&story.state.config().schedule, piece.rung);
    let ended = match piece.end {
        End::Open => ", under way at the log's end".to_owned(),
        End::Failed => ", failed".to_owned(),
        End::Reached(value) => format!(", value {}", super::notation::number(value)),
    };
    let cut = if piece.cut_off > 0 { format!(", cut off {}", counted(piece.cut_off, "time")) } else { String::new() };
    let (trial, from, until) = (piece.trial, piece.at, piece.until());
    format!("trial {trial} to {rung}, from {from} to {until}{ended}{cut}")
}
