//! From a description to a study that can be started.

use std::time::Duration;

use foundation_core::{Code, Error, Result};

use crate::market::Terms;
use crate::study::config::{Direction, StudyConfig};
use crate::study::run::Study;
use crate::study::sampler::with_settings;
use crate::study::schedule::Halving;
use crate::study::team::{Team, TeamConfig};

impl Study {
    /// The study that a description describes: its samplers are found by their names and have the settings that stand
    /// there, or the default ones where none do. Critics are left out, because a description does not say who judges.
    ///
    /// # Errors
    /// `UnknownName` for a sampler that this program does not have; `InvalidStudy` for settings that it does not take,
    /// and for a market with other terms than the usual ones for its members, credit and allocation.
    pub fn described(config: StudyConfig) -> Result<Self> {
        let mut study = Self::new(config.name, config.space)
            .seed(config.seed)
            .slots(config.slots)
            .team(team(&config.team)?)
            .scheduler(config.schedule)
            .budget(config.budget)
            .max_failures(config.max_failures);
        for goal in config.goals {
            study = study.goal(goal.name, goal.direction);
        }
        if config.direction == Direction::Minimize {
            study = study.minimize();
        }
        if let Some(trials) = config.max_trials {
            study = study.trials(trials);
        }
        if let Some(limit) = config.time_limit_s {
            study = study.time_limit(Duration::from_secs(limit));
        }
        Ok(study)
    }
}

/// The description that a study has once workers ask for its trials.
pub(super) fn described(config: StudyConfig) -> Result<StudyConfig> {
    Study::described(config)?.config(Halving::Stopping)
}

fn team(config: &TeamConfig) -> Result<Team> {
    let mut team = Team::new();
    for member in &config.members {
        team = team.member(member.name.clone(), with_settings(&member.sampler, &member.settings)?);
    }
    let Some(terms) = &config.market else { return Ok(team) };
    if *terms != Terms::new(terms.members, terms.credit, terms.allocation) {
        let what = format!("a team whose market has a dividend, levy or turn of its own: {config}");
        return Err(Error::new(Code::InvalidStudy, what).advise("leave these as they are by default"));
    }
    Ok(team.allocation(terms.allocation).credit(terms.credit))
}
