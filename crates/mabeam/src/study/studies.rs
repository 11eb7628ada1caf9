//! Many studies behind one door: what a server of studies asks of this crate, and the answer for studies that run here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::{Code, Error, Result};
use futures_util::lock::Mutex;

use super::ask::{AskTell, Course, LeaseId, Next, Recorded};
use super::config::{Direction, StudyConfig};
use super::journal::read_study;
use super::objective::TrialError;
use super::run::{Study, StudyPorts};
use super::sampler::with_settings;
use super::schedule::Halving;
use super::state::StudyState;
use super::team::{Team, TeamConfig};
use crate::market::Terms;

/// How many studies are open at once.
const MOST_OPEN: usize = 256;
/// What the streams of studies begin with.
const STREAMS: &str = "study.";

/// What became of a study that was to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It was begun.
    Begun,
    /// It was there, with this description, and goes on.
    Resumed,
}

/// Studies by name, for workers that ask and tell. A port: whoever serves studies is handed one.
///
/// # Guarantees
/// Those of [`AskTell`], each for the study of that name. A study that is not open but in the log, unfinished or not, is
/// opened when it is first spoken of.
///
/// # Errors
/// `NotFound` from every function that names a study where there is none; `InvalidStudy` for a name that no study can
/// have; those of the storage.
///
/// # Cancel safety
/// Dropping a future loses the answer, not what was done; [`ask`](Self::ask) is as cancel safe as [`AskTell::ask`].
#[async_trait]
pub trait Studies: Send + Sync + fmt::Debug {
    /// Begins a study, or goes on with the one of that name.
    ///
    /// # Errors
    /// `InvalidStudy` and `UnknownName` for a description that is not possible; `StudyMismatch` where the study of that
    /// name is described otherwise; `Held` for a name that is kept for others; `ResourceExhausted` where 256 unfinished
    /// studies are open.
    async fn open(&self, config: StudyConfig) -> Result<Opened>;

    /// The names of all studies, in order.
    async fn names(&self) -> Result<Vec<String>>;

    /// A study as it stands. Does not open it.
    async fn look(&self, study: &str) -> Result<Arc<StudyState>>;

    /// As [`AskTell::ask_within`].
    async fn ask(&self, study: &str, worker: &str, length: Duration, patience: Duration) -> Result<Next>;

    /// As [`AskTell::renew`].
    async fn renew(&self, study: &str, lease: LeaseId) -> Result<Course>;

    /// As [`AskTell::report`].
    async fn report(&self, study: &str, lease: LeaseId, step: u32, value: f64) -> Result<Course>;

    /// As [`AskTell::tell`].
    async fn tell(&self, study: &str, lease: LeaseId, measured: Result<f64, TrialError>) -> Result<Recorded>;
}

/// The place of a study: locked while it is opened, so that it is opened once.
type Place = Arc<Mutex<Option<Arc<AskTell>>>>;

/// Studies whose teams run here, on one set of ports.
#[derive(Debug)]
pub struct LocalStudies {
    ports: StudyPorts,
    kept: BTreeSet<String>,
    places: Mutex<BTreeMap<String, Place>>,
}

impl LocalStudies {
    /// Studies on these ports. The names in `kept` belong to others, who write those studies themselves.
    #[must_use]
    pub fn new(ports: StudyPorts, kept: impl IntoIterator<Item = String>) -> Self {
        Self { ports, kept: kept.into_iter().collect(), places: Mutex::default() }
    }

    /// Stops every study; they can go on later.
    pub async fn stop(&self) {
        let places = std::mem::take(&mut *self.places.lock().await);
        for place in places.into_values() {
            if let Some(study) = place.lock().await.take() {
                study.stop().await;
            }
        }
    }

    /// The open study of that name, opened from its log where it is not.
    async fn study(&self, name: &str) -> Result<Arc<AskTell>> {
        let place = self.place(name).await?;
        let mut held = place.lock().await;
        if let Some(study) = alive(&held) {
            return Ok(study);
        }
        match read_study(&*self.ports.log, name).await? {
            Some(told) => self.start(&mut held, told.config().clone()).await,
            None => {
                self.forget(name, &place).await;
                Err(none_such(name))
            }
        }
    }

    async fn place(&self, name: &str) -> Result<Place> {
        if self.kept.contains(name) {
            let what = format!("study `{name}` is run by this program itself");
            return Err(Error::new(Code::Held, what).advise("choose another name"));
        }
        let mut places = self.places.lock().await;
        if !places.contains_key(name) && places.len() >= MOST_OPEN {
            close_finished(&mut places).await;
            if places.len() >= MOST_OPEN {
                let what = format!("open study `{name}`: {MOST_OPEN} unfinished studies are open");
                return Err(Error::new(Code::ResourceExhausted, what).advise("finish one of them first"));
            }
        }
        Ok(places.entry(name.to_owned()).or_default().clone())
    }

    /// Removes a place at which nothing is open, unless somebody else is at it and may open the study, or another place
    /// has taken its name meanwhile.
    async fn forget(&self, name: &str, place: &Place) {
        let mut places = self.places.lock().await;
        let is_ours_alone = |there: &Place| Arc::ptr_eq(there, place) && Arc::strong_count(place) == 2;
        if places.get(name).is_some_and(is_ours_alone) {
            places.remove(name);
        }
    }

    async fn start(&self, held: &mut Option<Arc<AskTell>>, config: StudyConfig) -> Result<Arc<AskTell>> {
        let study = Arc::new(Study::described(config)?.ask_tell(&self.ports).await?);
        *held = Some(study.clone());
        Ok(study)
    }
}

#[async_trait]
impl Studies for LocalStudies {
    async fn open(&self, config: StudyConfig) -> Result<Opened> {
        config.check()?;
        let place = self.place(&config.name).await?;
        let mut held = place.lock().await;
        if let Some(study) = alive(&held) {
            let differences = study.look().await?.config().differences(&described(config.clone())?);
            if differences.is_empty() {
                return Ok(Opened::Resumed);
            }
            let what = format!("study `{}` was begun otherwise: {}", config.name, differences.join("; "));
            return Err(Error::new(Code::StudyMismatch, what));
        }
        let is_new = self.ports.log.head(&config.stream()?).await?.is_none();
        let name = config.name.clone();
        let started = self.start(&mut held, config).await;
        if started.is_err() {
            self.forget(&name, &place).await;
        }
        started.map(|_| if is_new { Opened::Begun } else { Opened::Resumed })
    }

    async fn names(&self) -> Result<Vec<String>> {
        let streams = self.ports.log.streams(STREAMS).await?;
        Ok(streams.iter().filter_map(|stream| Some(stream.as_str().strip_prefix(STREAMS)?.to_owned())).collect())
    }

    async fn look(&self, study: &str) -> Result<Arc<StudyState>> {
        let place = self.places.lock().await.get(study).cloned();
        let open = match place {
            Some(place) => alive(&*place.lock().await),
            None => None,
        };
        match open {
            Some(open) => open.look().await,
            None => read_study(&*self.ports.log, study).await?.map(Arc::new).ok_or_else(|| none_such(study)),
        }
    }

    async fn ask(&self, study: &str, worker: &str, length: Duration, patience: Duration) -> Result<Next> {
        self.study(study).await?.ask_within(worker, length, patience).await
    }

    async fn renew(&self, study: &str, lease: LeaseId) -> Result<Course> {
        self.study(study).await?.renew(lease).await
    }

    async fn report(&self, study: &str, lease: LeaseId, step: u32, value: f64) -> Result<Course> {
        self.study(study).await?.report(lease, step, value).await
    }

    async fn tell(&self, study: &str, lease: LeaseId, measured: Result<f64, TrialError>) -> Result<Recorded> {
        self.study(study).await?.tell(lease, measured).await
    }
}

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
fn described(config: StudyConfig) -> Result<StudyConfig> {
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

/// The study at a place, unless its team has ended.
fn alive(held: &Option<Arc<AskTell>>) -> Option<Arc<AskTell>> {
    held.as_ref().filter(|study| study.running().team().address().is_alive()).cloned()
}

/// Makes room: a finished study is answered from its log.
async fn close_finished(places: &mut BTreeMap<String, Place>) {
    let mut finished = Vec::new();
    for (name, place) in &*places {
        // A place that somebody is at, or goes to, is not finished with.
        let Some(held) = place.try_lock().filter(|_| Arc::strong_count(place) == 1) else { continue };
        match alive(&held) {
            Some(study) => {
                if study.look().await.is_ok_and(|state| state.is_finished()) {
                    study.stop().await;
                    finished.push(name.clone());
                }
            }
            None => finished.push(name.clone()),
        }
    }
    places.retain(|name, _| !finished.contains(name));
}

fn none_such(study: &str) -> Error {
    Error::new(Code::NotFound, format!("there is no study `{study}`")).advise("check its name, or begin it")
}
