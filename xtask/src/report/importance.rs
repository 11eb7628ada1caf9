//! Which parameters the values hang on: a bar for each, and for the pairs that matter.

use mabeam::{Importance, ImportanceSettings, Share, importance};
use maud::{Markup, html};

use super::chart::{Px, left_out, section, svg, wide};
use super::legend::{self, Mark, rung_name};
use super::notation::{clipped, count, counted, number};
use super::story::Story;

/// How many parameters and how many pairs get a bar at most.
const MOST_MAIN: usize = 16;
const MOST_PAIRS: usize = 8;
/// A pair that explains less than this is not worth a bar.
const LEAST_PAIR: f64 = 0.005;
/// A forest that foretells less than this part of the variance is not to be trusted.
const LEAST_FIT: f64 = 0.3;
const WIDTH: f64 = 860.0;
const LEFT: f64 = 230.0;
const RIGHT: f64 = 800.0;
const ROW: f64 = 24.0;
/// How many characters of a name fit beside the bars.
const LABEL: usize = 30;

/// Draws the section.
pub(super) fn draw(story: &Story) -> Markup {
    let found = importance(&story.state, &ImportanceSettings::default());
    let (drawn, missing) = match &found {
        Ok(found) if found.deviation > 0.0 => (Some(picture(story, found)), String::new()),
        Ok(_) => (None, "All values are equal, so they hang on no parameter.".to_owned()),
        Err(error) => (None, format!("Not computed: {}.", error.what())),
    };
    section(
        "Importance of parameters",
        "How much of the variance of the value over the whole search space hangs on each parameter alone, and on two \
         together beyond that. A long bar says that a parameter moves the value, for better or worse; it does not say \
         where the best value is.",
        drawn.as_ref(),
        &missing,
    )
}

fn picture(story: &Story, found: &Importance) -> Markup {
    let parameters = story.state.config().space.parameters();
    let name = |at: usize| parameters.get(at).map_or("unknown", |parameter| parameter.name());
    let main = found.main.iter().take(MOST_MAIN).map(|(at, share)| ("m0", name(*at).to_owned(), *share));
    let worthy = found.pairs.iter().filter(|(_, share)| share.mean >= LEAST_PAIR).take(MOST_PAIRS);
    let pairs = worthy.map(|((one, two), share)| ("m1", format!("{} × {}", name(*one), name(*two)), *share));
    let bars: Vec<(&str, String, Share)> = main.chain(pairs).collect();
    let n_pairs = bars.iter().filter(|(class, ..)| *class == "m1").count();
    let longest = bars.iter().map(|(.., share)| share.mean + share.spread).fold(0.05, f64::max).min(1.0);
    let x = |share: f64| LEFT + (share / longest).min(1.0) * (RIGHT - LEFT);
    let inside = html! {
        @for (at, (class, name, share)) in bars.iter().enumerate() {
            @let y = ROW * (at as f64 + 0.5) + 4.0;
            text.name.end x=(Px(LEFT - 8.0)) y=(Px(y + 4.0)) { title { (name) } (clipped(name, LABEL)) }
            rect.bar.(class) x=(Px(LEFT)) y=(Px(y - 7.0)) width=(Px((x(share.mean) - LEFT).max(1.0))) height="14" {
                title {
                    (name) ": " (percent(share.mean)) ", give or take " (percent(share.spread)) " from tree to tree"
                }
            }
            line.whisker x1=(Px(x((share.mean - share.spread).max(0.0)))) x2=(Px(x(share.mean + share.spread)))
                y1=(Px(y)) y2=(Px(y)) {}
            text x=(Px(x(share.mean + share.spread) + 6.0)) y=(Px(y + 4.0)) { (percent(share.mean)) }
        }
        line.base x1=(Px(LEFT)) x2=(Px(LEFT)) y1="2" y2=(Px(ROW * bars.len() as f64 + 6.0)) {}
    };
    let mut entries = vec![("m0", Mark::Box, "one parameter alone".to_owned())];
    if n_pairs > 0 {
        entries.push(("m1", Mark::Box, "two together, beyond each alone".to_owned()));
    }
    html! {
        (legend::legend(&entries))
        (wide(WIDTH, &svg(WIDTH, ROW * bars.len() as f64 + 10.0, "Importance of parameters", &inside)))
        (basis(story, found))
        (left_out(found.main.len().min(MOST_MAIN), found.main.len(), "parameters", "the most important ones"))
    }
}

/// What the figures rest on.
fn basis(story: &Story, found: &Importance) -> Markup {
    html! {
        p.note {
            "By functional analysis of variance (Hutter, Hoos, Leyton-Brown 2014) over a random forest, from the values "
            "of "
            @if found.trials < found.trials_with_value { (count(found.trials as u64)) " of " }
            (counted(found.trials_with_value as u64, "trial")) " on "
            (rung_name(&story.state.config().schedule, found.rung)) "; a trial that failed there has none. "
            "The value's standard deviation over the space is " (number(found.deviation)) ". "
            "Three parameters and more together: " (percent(found.rest())) ". "
            @if let Some(fit) = found.fit {
                "The forest explains " (percent(fit.max(0.0))) " of the variance of trials it has not learnt from"
                @if fit < LEAST_FIT { ", which is little: take these bars with caution" }
                "."
            }
        }
    }
}

fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.01 { format!("{:.1} %", share * 100.0) } else { format!("{:.0} %", share * 100.0) }
}
