//! The words and numbers of the page: what the study was, what it found, and where its epochs went.

use mabeam::{Direction, Evaluated, Trial, TrialState};
use maud::{Markup, html};

use super::dimension::{domain, written};
use super::legend::rung_name;
use super::notation::{count, counted, duration, moment, number};
use super::proposer::Proposer;
use super::story::Story;
use super::table;

/// The head of the page.
pub(super) fn head(story: &Story) -> Markup {
    let config = story.state.config();
    let (badge, state) =
        if story.state.is_finished() { ("badge", "finished") } else { ("badge unfinished", "unfinished") };
    let is_one = config.team.members.len() == 1;
    let better = match config.direction {
        Direction::Maximize => "larger values are better",
        Direction::Minimize => "smaller values are better",
    };
    html! {
        header {
            h1 { "Study " (config.name) span class=(badge) { (state) } }
            p.lede {
                "seed " (config.seed) ", " (counted(config.slots.into(), "slot")) ", "
                @if is_one { "sampler " } @else { "samplers " } (config.team.to_string())
                @if is_one { ", " } @else { "; " } (config.schedule.to_string()) ", " (better)
                @if config.critics > 0 { ", " (counted(config.critics.into(), "critic")) }
            }
        }
        (tiles(story))
        (times(story))
    }
}

fn tiles(story: &Story) -> Markup {
    let best = story.state.best();
    let epochs = story.state.epochs();
    let test = story.state.evaluations().iter().rev().find(|evaluated| evaluated.label == "test");
    html! {
        div.tiles {
            (tile(&best.and_then(Trial::value).map_or_else(|| "none".to_owned(), number), "best value"))
            @if let Some(best) = best { (tile(&best.id.to_string(), "best trial")) }
            @if let Some(test) = test { (tile(&number(test.value), "test value of the best trial")) }
            (tile(&count(epochs.spent), &format!("of {} spent", counted(story.state.config().budget, "epoch"))))
            (tile(&count(story.state.n_started()), "trials started"))
            (tile(&count(story.state.count(TrialState::Completed) as u64), "completed"))
            (tile(&duration(story.times.running.as_secs_f64()), "running"))
        }
    }
}

fn tile(figure: &str, words: &str) -> Markup {
    html! { div.tile { b { (figure) } span { (words) } } }
}

fn times(story: &Story) -> Markup {
    let (state, times) = (&story.state, &story.times);
    let worked: f64 = state.trials().iter().map(|trial| trial.seconds).sum();
    let runs = state.restarts() + 1;
    let last = if state.is_finished() { "ended" } else { "last heard of" };
    html! {
        dl {
            dt { "began" } dd { (moment(times.begun)) }
            dt { (last) } dd { (moment(times.last)) }
            dt { "running" }
            dd {
                (duration(times.running.as_secs_f64()))
                @if runs > 1 { ", " (count(runs)) " runs together" }
            }
            dt { "restarts" } dd { (count(state.restarts())) }
            dt { "work of agents" }
            dd { (duration(worked)) ", by " (counted(story.agents.len() as u64, "agent")) }
            @if let Some(most) = state.config().max_trials { dt { "trials at most" } dd { (count(most)) } }
            @if let Some(most) = state.config().time_limit_s {
                dt { "time limit" }
                dd { (duration(most as f64)) @if state.is_timed_out() { ", reached: what was under way was given up" } }
            }
            @if !story.imports.is_empty() { dt { "known before" } dd { (counted(story.imports.len() as u64, "trial")) } }
        }
    }
}

/// The best trial and its parameters.
pub(super) fn best(story: &Story) -> Markup {
    html! {
        section {
            h2 { "Best trial" }
            @match story.state.best() {
                Some(best) => {
                    p {
                        "Trial " (best.id) " had the value " (best.value().map_or_else(String::new, number)) " after "
                        (counted(best.epochs().into(), "epoch")) ", the best of the completed trials."
                    }
                    (parameters(story, best))
                    p.note { (origin(story, best)) }
                    p.note { "To the last digit: " code { (best.params.to_string()) } }
                }
                None => p.note { "No trial is completed, so there is no best one." },
            }
        }
    }
}

/// Where the best trial comes from.
fn origin(story: &Story, best: &Trial) -> String {
    let name = Proposer::of(best).name(story.state.config());
    match (Proposer::of(best), &best.from, best.parent) {
        (Proposer::Member(_), ..) => format!("Proposed by {name}."),
        (_, Some(from), _) => format!("Known before the study: {from}."),
        (_, _, Some(parent)) => {
            format!("Begun from the checkpoint that trial {} had after {} epochs.", parent.trial, best.inherited_epochs)
        }
        _ => "Enqueued by somebody.".to_owned(),
    }
}

fn parameters(story: &Story, best: &Trial) -> Markup {
    html! {
        div.wide {
            table {
                thead { tr { th { "parameter" } th { "best" } th { "searched" } } }
                tbody {
                    @for parameter in story.state.config().space.parameters() {
                        tr {
                            td { (parameter.name()) }
                            td.number { (best.params.get(parameter.name()).map_or_else(|| "unset".to_owned(), written)) }
                            td { (domain(parameter)) }
                        }
                    }
                }
            }
        }
    }
}

/// What was computed beside the budget.
pub(super) fn evaluations(story: &Story) -> Markup {
    let evaluations = story.state.evaluations();
    html! {
        @if !evaluations.is_empty() {
            section {
                h2 { "Beside the budget" }
                p { "Values that were computed besides the study and that no decision of it saw." }
                div.wide {
                    table {
                        thead { tr { th { "what" } th { "value" } th { "meaning" } } }
                        tbody {
                            @for evaluated in evaluations {
                                tr {
                                    td { (evaluated.label) }
                                    td.number title=(format!("{:?}", evaluated.value)) { (number(evaluated.value)) }
                                    td {
                                        (meaning(evaluated))
                                        @if let Some(params) = &evaluated.params { " " code { (params.to_string()) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn meaning(evaluated: &Evaluated) -> &'static str {
    match evaluated.label.as_str() {
        "test" => "The best trial on data that no decision saw.",
        "default" => "For comparison: the parameters one has without tuning.",
        "random" => "For comparison: parameters drawn at random.",
        _ => "",
    }
}

/// Where the epochs went, what became of the trials, and how they climbed.
pub(super) fn ledger(story: &Story) -> Markup {
    html! {
        div.pair {
            (epochs(story))
            (states(story))
        }
        (rungs(story))
    }
}

fn epochs(story: &Story) -> Markup {
    let (epochs, budget) = (story.state.epochs(), story.state.config().budget);
    let rows = [
        ("budget", budget, "what all trials together may be granted"),
        ("granted", epochs.granted, "given to trials"),
        ("spent", epochs.spent, "granted and reported"),
        ("left", budget.saturating_sub(epochs.granted), "not granted"),
        ("wasted", epochs.wasted, "lost or trained again at most, after an interruption; not charged"),
    ];
    html! {
        section {
            h2 { "Epochs" }
            table {
                tbody {
                    @for (name, epochs, words) in rows {
                        tr { td { (name) } td.number { (count(epochs)) } td.what { (words) } }
                    }
                }
            }
        }
    }
}

fn states(story: &Story) -> Markup {
    let rows = [
        (TrialState::Completed, "reached the last rung, or were done before"),
        (TrialState::Stopped, "others were better"),
        (TrialState::Failed, "could not be trained"),
        (TrialState::Paused, "wait on a rung and may go on"),
        (TrialState::Running, "a slot works on them"),
    ];
    html! {
        section {
            h2 { "Trials" }
            table {
                tbody {
                    @for (state, words) in rows {
                        tr {
                            td { (table::state(state)) }
                            td.number { (count(story.state.count(state) as u64)) }
                            td.what { (words) }
                        }
                    }
                }
            }
        }
    }
}

fn rungs(story: &Story) -> Markup {
    let (state, config) = (&story.state, story.state.config());
    let values_on = |rung: usize| {
        let reached = state.trials().iter().flat_map(|trial| &trial.rungs).filter(|reached| reached.rung == rung);
        let mut values: Vec<f64> = reached.map(|reached| reached.value).collect();
        values.sort_by(|a, b| config.direction.oriented(*b).total_cmp(&config.direction.oriented(*a)));
        values
    };
    let best = |values: &[f64]| values.first().map_or_else(|| "–".to_owned(), |value| number(*value));
    // The worse of the two in the middle, where their number is even.
    let median = |values: &[f64]| values.get(values.len() / 2).map_or_else(|| "–".to_owned(), |value| number(*value));
    html! {
        section {
            h2 { "Rungs" }
            div.wide {
                table {
                    thead { tr { th { "rung" } th { "reached it" } th { "went on" } th { "best value" } th { "median" } } }
                    tbody {
                        @for (rung, went_on) in state.promotions().iter().enumerate() {
                            @let values = values_on(rung);
                            tr {
                                td.number { (rung_name(&config.schedule, rung)) }
                                td.number { (count(values.len() as u64)) }
                                td.number { @if rung + 1 < state.promotions().len() { (count(*went_on)) } @else { "–" } }
                                td.number { (best(&values)) }
                                td.number { (median(&values)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
