//! One study of the digits, measured.

use std::path::Path;

use digits::DigitsTrainer;
use mabeam::{Study, StudyState};

use crate::args::Composition;
use crate::compositions::{self, Application, Place};
use crate::failure::Failure;
use crate::run::digits_study::{self, Settings};
use crate::run::resources::Usage;

/// The validation part of the digits; a value is told in rows of these.
const VALIDATION_ROWS: f64 = 357.0;

/// What one study reached and cost.
#[derive(Clone, Debug)]
pub(in super::super) struct Reached {
    /// Of the best finished trial, in right answers of 357.
    pub(in super::super) validation_rows: f64,
    /// Of the same network on the test part, as a share.
    pub(in super::super) test: f64,
    pub(in super::super) epochs: f64,
    pub(in super::super) trials: f64,
    /// Of all threads, opening and closing the storage included, the critics' evaluations not.
    pub(in super::super) cpu_s: f64,
    /// What the critics trained and took, beside the above.
    pub(in super::super) critics_epochs: f64,
    pub(in super::super) critics_cpu_s: f64,
    /// The share of the starts that went to the last member of the team.
    pub(in super::super) last_member_share: f64,
}

impl Reached {
    /// What another tuner reached, which has neither critics nor a team.
    pub(in super::super) fn of_peer(validation_rows: f64, test: f64, epochs: f64, cpu_s: f64) -> Self {
        Self {
            validation_rows,
            test,
            epochs,
            trials: f64::NAN,
            cpu_s,
            critics_epochs: 0.0,
            critics_cpu_s: 0.0,
            last_member_share: 0.0,
        }
    }
}

/// One study on disk in a fresh folder, from opening it to closing it, with the test of the best network.
pub(in super::super) fn run(folder: &Path, settings: &Settings, study: Study) -> Result<Reached, Failure> {
    measure(folder, settings, study, |state| Ok(digits_study::test_best(settings, state)?.unwrap_or(0.0)))
}

/// The same without the test, which trains the best trial from its beginning: one of a population has none of its own.
pub(super) fn run_untested(folder: &Path, settings: &Settings, study: Study) -> Result<Reached, Failure> {
    measure(folder, settings, study, |_| Ok(f64::NAN))
}

fn measure(
    folder: &Path,
    settings: &Settings,
    study: Study,
    test: impl Fn(&StudyState) -> foundation_core::Result<f64>,
) -> Result<Reached, Failure> {
    let data = folder.join(format!("seed-{}", settings.seed));
    clear(&data)?;
    let before = Usage::now().cpu_s;
    let mut found = None;
    let state_of = &mut found;
    compositions::block_on(async {
        let place = Place { data: &data, ..Place::nowhere() };
        let application = Application::build(Composition::Embedded, place).await?;
        let state = study.train(&application.ports, DigitsTrainer::new()).await?;
        let test = test(&state)?;
        *state_of = Some((state, test));
        application.close().await?;
        Ok(())
    })?;
    let cpu_s = Usage::now().cpu_s - before;
    clear(&data)?;
    let Some((state, test)) = found else { return Err(Failure::new("the study ended without a state")) };
    let judgements = state.judgements();
    let critics_cpu_s: f64 = judgements.iter().filter_map(|judged| judged.cpu_s).sum();
    Ok(Reached {
        validation_rows: (state.best().and_then(|trial| trial.value()).unwrap_or(0.0) * VALIDATION_ROWS).round(),
        test,
        epochs: state.epochs().spent as f64,
        trials: state.trials().len() as f64,
        cpu_s: cpu_s - critics_cpu_s,
        critics_epochs: judgements.iter().map(|judged| judged.epochs as f64).sum(),
        critics_cpu_s,
        last_member_share: last_member_share(&state),
    })
}

fn last_member_share(state: &StudyState) -> f64 {
    let Some(last) = (state.config().team.members.len() as u32).checked_sub(1) else { return 0.0 };
    let starts = state.trials().iter().filter(|trial| trial.member == Some(last)).count();
    starts as f64 / state.trials().len().max(1) as f64
}

pub(in super::super) fn clear(data: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(data) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::io("clear", data, &error)),
        _ => Ok(()),
    }
}
