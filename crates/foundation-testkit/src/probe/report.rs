//! What a failed expectation says.

use std::fmt::Write as _;
use std::time::Duration;

use foundation_core::Exit;
use foundation_core::event::ProcessRef;
use foundation_core::port::clock::{Clock as _, Monotonic};
use foundation_memory::Simulation;

use super::record::{Came, Fate};

/// A failure shows so many messages, the latest ones.
const SHOWN: usize = 20;

/// What was found instead of what was expected.
pub(super) enum Found<'a> {
    Nothing { wanted: &'a str, within: Duration },
    Other { wanted: &'a str, place: usize },
    Forgotten { wanted: &'a str, place: usize },
    Unwanted { place: usize, for_span: Option<Duration> },
}

/// The failure of a probe's expectation.
pub(super) fn of_probe(world: &Simulation, name: &str, found: &Found<'_>, came: &[Came]) -> String {
    let mut text = format!("probe `{name}`: ");
    let marked = match found {
        Found::Nothing { wanted, within } => {
            let rest = if world.clock().next_deadline().is_some() {
                format!("it did not come within {within:?} of the world's time")
            } else {
                "it cannot come any more: nothing can run and no timer is set".to_owned()
            };
            put(&mut text, format_args!("expected {wanted}, but {rest}"));
            None
        }
        Found::Other { wanted, place } => {
            put(&mut text, format_args!("expected {wanted}, but the next message is another one"));
            Some(*place)
        }
        Found::Forgotten { wanted, place } => {
            put(&mut text, format_args!("expected {wanted}, and the call came, but its caller does not wait any more"));
            Some(*place)
        }
        Found::Unwanted { place, for_span: None } => {
            text.push_str("expected nothing more at this time, but there is a message");
            Some(*place)
        }
        Found::Unwanted { place, for_span: Some(span) } => {
            put(&mut text, format_args!("expected nothing for {span:?}, but a message came"));
            Some(*place)
        }
    };
    list(&mut text, came, marked);
    where_it_stands(&mut text, world);
    text
}

/// The failure of a watch: `process` lives where it should have ended, or the other way round.
pub(super) fn of_watch(world: &Simulation, name: &str, process: ProcessRef, ended: Option<&Exit>) -> String {
    let ProcessRef { process, incarnation } = process;
    let mut text = match ended {
        None => format!("process `{name}` ({process}, life {incarnation}): expected its end, but it lives"),
        Some(exit) => {
            format!("process `{name}` ({process}, life {incarnation}): expected it to live, but it ended: {exit}")
        }
    };
    where_it_stands(&mut text, world);
    text
}

/// What came, with a mark at the message that the failure speaks of.
fn list(text: &mut String, came: &[Came], marked: Option<usize>) {
    if came.is_empty() {
        text.push_str("\n  no message has come");
        return;
    }
    text.push_str("\n  what came, in order:");
    let first = came.len().saturating_sub(SHOWN).min(marked.unwrap_or(usize::MAX));
    if first > 0 {
        put(text, format_args!("\n    ({first} before these)"));
    }
    for (place, Came { at, text: message, fate }) in came.iter().enumerate().skip(first) {
        let mark = if marked == Some(place) { '>' } else { ' ' };
        let fate = match fate {
            Fate::Waiting => "not expected yet",
            Fate::Expected if marked == Some(place) => "this one",
            Fate::Expected => "expected",
            Fate::Answered => "answered as it came",
            Fate::Dropped => "dropped when the probe ended",
        };
        put(text, format_args!("\n  {mark} {}. at {:?}: {message} ({fate})", place + 1, since_start(*at)));
    }
}

/// Where the world stands, and how to come back here.
fn where_it_stands(text: &mut String, world: &Simulation) {
    put(text, format_args!("\n  seed {}, time {:?}", world.seed(), since_start(world.clock().now())));
    match world.clock().next_deadline() {
        Some(next) => put(text, format_args!(", next timer at {:?}", since_start(next))),
        None => text.push_str(", no timer set"),
    }
    put(text, format_args!("\n  tasks: {:?}", world.tasks()));
    for (task, panic) in world.panics() {
        put(text, format_args!("\n  task `{task}` panicked: {panic}"));
    }
}

fn since_start(point: Monotonic) -> Duration {
    point - Monotonic(0)
}

/// Writing to a string does not fail.
fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(words);
}
