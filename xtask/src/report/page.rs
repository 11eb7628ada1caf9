//! The page: its head, which lets nothing in from outside, and its sections in order.

use mabeam::VariableState;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::notation::counted;
use super::story::Story;
use super::{
    curves, descent, failures, front, importance, market, parallel, progress, scatter, slots, summary, table, team,
    votes,
};

/// No script, no resource, no connection: the page is what it is wherever it is opened.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
/// Contains no `<`, so that it cannot end its element.
const STYLE: &str = include_str!("style.css");

/// The whole page.
pub(super) fn page(story: &Story, variables: &[(String, VariableState)]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Study " (story.state.config().name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (summary::head(story))
                main {
                    (summary::best(story))
                    (front::draw(story))
                    (summary::evaluations(story))
                    (summary::ledger(story))
                    (failures::draw(story))
                    (progress::draw(story))
                    (curves::draw(story))
                    (importance::draw(story))
                    (parallel::draw(story))
                    (scatter::draw(story))
                    (team::draw(story))
                    (market::draw(story))
                    (votes::draw(story, variables))
                    (descent::draw(story))
                    (slots::draw(story))
                    (table::draw(story))
                }
                footer {
                    "Drawn from the study's log of " (counted(story.events, "event"))
                    @if variables.is_empty() { " alone." } @else { ", and from the logs of what its team votes on." }
                }
            }
        }
    }
}
