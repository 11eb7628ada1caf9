//! What is seen while a study runs: a bar on a terminal, otherwise a line for each rung that was reached.
//!
//! It reads the event log like anybody else and is no part of the study.

use std::io::IsTerminal as _;
use std::sync::Arc;

use foundation_core::port::storage::{EventLog, Sequence};
use foundation_core::{Error, Result};
use futures_util::StreamExt as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mabeam::{Outcome, StudyEvent, StudyState, TrialState, stream_of};

use crate::console::Console;

/// Shows a study's events until it is finished; answers how many there are.
///
/// # Errors
/// Those of the log.
pub(crate) async fn show(log: Arc<dyn EventLog>, study: &str, console: Console) -> Result<usize> {
    let mut events = log.subscribe(&stream_of(study)?, Sequence::START).await?;
    // What stood in the log before is folded in silence.
    let told_before = log.head(&stream_of(study)?).await?.unwrap_or(Sequence::START);
    let bar = bar();
    let mut state: Option<StudyState> = None;
    let mut count = 0;
    while let Some(recorded) = events.next().await {
        let recorded = recorded?;
        let event = StudyEvent::from_event(&recorded.event)?;
        count += 1;
        match (&mut state, &event) {
            (None, StudyEvent::Created(config)) => {
                bar.set_length(config.budget);
                state = Some(StudyState::new((**config).clone()));
            }
            (None, _) => return Err(Error::new(foundation_core::Code::Corrupt, "the study's log has no beginning")),
            (Some(state), event) => {
                state.apply(event)?;
                if recorded.sequence > told_before {
                    tell(&bar, console, state, event);
                }
                if state.is_finished() {
                    break;
                }
            }
        }
    }
    bar.finish_and_clear();
    Ok(count)
}

fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::no_length();
    // The template is a constant; were it wrong, the plain style would do.
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} epochs, {eta} left{msg}") {
        bar.set_style(style);
    }
    bar
}

fn tell(bar: &ProgressBar, console: Console, state: &StudyState, event: &StudyEvent) {
    let best = state.best().and_then(|trial| Some((trial.id, trial.value()?)));
    let best_text = best.map_or_else(String::new, |(trial, value)| format!(", best {value:.4} by trial {trial}"));
    bar.set_position(state.epochs().spent);
    bar.set_message(format!(
        ", {} trials, {} completed{best_text}",
        state.trials().len(),
        state.count(TrialState::Completed)
    ));
    if !bar.is_hidden() {
        return;
    }
    if let StudyEvent::Reported(reported) = event {
        let epochs = state.config().schedule.epochs_at(reported.rung as usize);
        console.line(match &reported.outcome {
            Outcome::Reached { value, .. } => {
                format!(
                    "trial {:>3}  {epochs:>3} epochs  {value:.4}  agent {}{best_text}",
                    reported.trial, reported.agent
                )
            }
            Outcome::Failed(reason) => format!("trial {:>3}  failed before {epochs} epochs: {reason}", reported.trial),
        });
    }
}
