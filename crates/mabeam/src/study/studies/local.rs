//! Studies whose teams run here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::{Code, Error, Result};
use futures_util::lock::Mutex;

use super::described::described;
use super::{Opened, Studies};
use crate::study::ask::{Answer, AskTell, Course, LeaseId, Next, Recorded};
use crate::study::config::StudyConfig;
use crate::study::follow::Followed;
use crate::study::journal::read_study;
use crate::study::run::{Study, StudyPorts};
use crate::study::space::Params;
use crate::study::state::{StudyState, StudySummary};

/// How many studies are open at once.
const MOST_OPEN: usize = 256;
/// How many studies that are not open are kept in memory after a look at them.
const MOST_SEEN: usize = 4;
/// What the streams of studies begin with.
const STREAMS: &str = "study.";

/// The place of a study: locked while it is opened, so that it is opened once.
type Place = Arc<Mutex<Option<Arc<AskTell>>>>;

/// A study that is not open, locked while its log is read.
type Reading = Arc<Mutex<Followed>>;

/// Studies whose teams run here, on one set of ports.
#[derive(Debug)]
pub struct LocalStudies {
    ports: StudyPorts,
    kept: BTreeSet<String>,
    places: Mutex<BTreeMap<String, Place>>,
    /// Studies that were looked at and are not open, the one looked at last in front.
    seen: Mutex<VecDeque<(String, Reading)>>,
}

impl LocalStudies {
    /// Studies on these ports. The names in `kept` belong to others, who write those studies themselves.
    #[must_use]
    pub fn new(ports: StudyPorts, kept: impl IntoIterator<Item = String>) -> Self {
        Self { ports, kept: kept.into_iter().collect(), places: Mutex::default(), seen: Mutex::default() }
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

    /// A study as it stands, with all its trials, in a copy of its own. Does not open it.
    ///
    /// # Errors
    /// As [`Studies::summary`].
    pub async fn look(&self, study: &str) -> Result<Arc<StudyState>> {
        match self.if_open(study).await {
            Some(open) => open.look().await,
            None => read_study(&*self.ports.log, study).await?.map(Arc::new).ok_or_else(|| none_such(study)),
        }
    }

    async fn if_open(&self, study: &str) -> Option<Arc<AskTell>> {
        let place = self.places.lock().await.get(study).cloned()?;
        alive(&*place.lock().await)
    }

    /// The reading of a study's log, which goes on where the last look ended.
    async fn reading(&self, study: &str) -> Result<Reading> {
        let mut seen = self.seen.lock().await;
        let (name, reading) = match seen.iter().position(|(name, _)| name == study).and_then(|at| seen.remove(at)) {
            Some(known) => known,
            None => (study.to_owned(), Arc::new(Mutex::new(Followed::new(study)?))),
        };
        seen.push_front((name, reading.clone()));
        seen.truncate(MOST_SEEN);
        Ok(reading)
    }

    /// The open study of that name, opened from its log where it is not.
    async fn study(&self, name: &str) -> Result<Arc<AskTell>> {
        let place = self.place(name).await?;
        let mut held = place.lock().await;
        if let Some(study) = alive(&held) {
            return Ok(study);
        }
        match read_study(&*self.ports.log, name).await? {
            Some(told) => self.start(&mut held, told.config().clone(), Vec::new()).await,
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

    async fn start(
        &self,
        held: &mut Option<Arc<AskTell>>,
        config: StudyConfig,
        enqueued: Vec<Params>,
    ) -> Result<Arc<AskTell>> {
        let described = enqueued.into_iter().fold(Study::described(config)?, Study::enqueue);
        let study = Arc::new(described.ask_tell(&self.ports).await?);
        *held = Some(study.clone());
        Ok(study)
    }
}

#[async_trait]
impl Studies for LocalStudies {
    async fn open(&self, config: StudyConfig, enqueued: Vec<Params>) -> Result<Opened> {
        config.check()?;
        let place = self.place(&config.name).await?;
        let mut held = place.lock().await;
        if let Some(study) = alive(&held) {
            let differences = study.summary(0..0).await?.config.differences(&described(config.clone())?);
            if differences.is_empty() {
                return Ok(Opened::Resumed);
            }
            let what = format!("study `{}` was begun otherwise: {}", config.name, differences.join("; "));
            return Err(Error::new(Code::StudyMismatch, what));
        }
        let is_new = self.ports.log.head(&config.stream()?).await?.is_none();
        let name = config.name.clone();
        let started = self.start(&mut held, config, enqueued).await;
        if started.is_err() {
            self.forget(&name, &place).await;
        }
        started.map(|_| if is_new { Opened::Begun } else { Opened::Resumed })
    }

    async fn names(&self) -> Result<Vec<String>> {
        let streams = self.ports.log.streams(STREAMS).await?;
        Ok(streams.iter().filter_map(|stream| Some(stream.as_str().strip_prefix(STREAMS)?.to_owned())).collect())
    }

    async fn summary(&self, study: &str, page: Range<usize>) -> Result<StudySummary> {
        if let Some(open) = self.if_open(study).await {
            return open.summary(page).await;
        }
        let reading = self.reading(study).await?;
        let mut followed = reading.lock().await;
        match followed.catch_up(&*self.ports.log).await {
            Ok(Some(state)) => Ok(state.summary(page)),
            Ok(None) => Err(none_such(study)),
            Err(error) => {
                // What was made of a log that cannot be read on is not kept.
                self.seen.lock().await.retain(|(name, _)| name != study);
                Err(error)
            }
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

    async fn tell(&self, study: &str, lease: LeaseId, answer: Answer) -> Result<Recorded> {
        self.study(study).await?.answer(lease, answer).await
    }

    async fn release(&self, study: &str, lease: LeaseId) -> Result<bool> {
        self.study(study).await?.release(lease).await
    }

    async fn enqueue(&self, study: &str, params: &Params) -> Result<Recorded> {
        self.study(study).await?.enqueue(params).await
    }
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
                if study.summary(0..0).await.is_ok_and(|state| state.is_finished) {
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
