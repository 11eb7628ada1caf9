//! Studies for tests: the decisions are those of `mabeam`, the values those of a function with a known best point.

use foundation_core::event::{Event, EventId, EventSource, NodeId};
use foundation_core::port::clock::{Monotonic, WallTime};
use foundation_core::port::entropy::RandomStream;
use foundation_memory::{SeededEntropy, VirtualClock};
use mabeam::{
    Asha, Decision, Interrupted, Outcome, Params, Reported, Request, SearchSpace, StudyConfig, StudyEvent, StudyState,
    by_name,
};
use std::sync::Arc;

/// How a study goes.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) config: StudyConfig,
    /// After how many pieces of work the whole program dies, and goes on.
    pub(super) dies_after: Vec<usize>,
    /// After how many pieces of work the log ends, the study unfinished.
    pub(super) ends_after: usize,
    /// One in how many trials fails, with this text.
    pub(super) fails: Option<(u64, &'static str)>,
    /// Draws which slot reports next.
    pub(super) order: u64,
}

impl Course {
    /// A study of six parameters like the digits', 450 epochs on two slots.
    pub(super) fn usual() -> Self {
        let space = SearchSpace::builder()
            .log_int("hidden", 16, 256)
            .log_float("lr", 1e-4, 1e-1)
            .log_int("batch", 16, 256)
            .log_float("l2", 1e-6, 1e-1)
            .float("momentum", 0.0, 0.99)
            .choice("act", ["relu", "tanh"]);
        Self {
            config: StudyConfig {
                seed: 7,
                schedule: Asha { reserve: 60, ..Asha::default() }.into(),
                budget: 450,
                ..StudyConfig::new("digits", space.build().unwrap())
            },
            dies_after: Vec::new(),
            ends_after: usize::MAX,
            fails: None,
            order: 0,
        }
    }

    /// The events.
    pub(super) fn log(&self) -> Vec<(Event, StudyEvent)> {
        let mut log = Log::new(self);
        let mut pieces = 0;
        let mut random = RandomStream::new(self.order, 0);
        log.decide();
        while !log.state.is_finished() && pieces < self.ends_after {
            let open: Vec<usize> = log.open_slots();
            let slot = open[random.below(open.len() as u32) as usize];
            if self.dies_after.contains(&pieces) {
                log.die();
            }
            log.seconds += 0.13;
            log.report(slot);
            pieces += 1;
            log.decide();
        }
        log.events
    }
}

struct Log<'a> {
    course: &'a Course,
    state: StudyState,
    events: Vec<(Event, StudyEvent)>,
    source: EventSource,
    seconds: f64,
    run_began: f64,
}

impl<'a> Log<'a> {
    fn new(course: &'a Course) -> Self {
        let (clock, entropy) = (Arc::new(VirtualClock::new()), Arc::new(SeededEntropy::new(1)));
        let source = EventSource::new(clock, entropy, NodeId::new("test").unwrap());
        let state = StudyState::new(course.config.clone());
        let mut log = Self { course, state, events: Vec::new(), source, seconds: 0.0, run_began: 0.0 };
        log.tell(StudyEvent::Created(Box::new(course.config.clone())));
        log
    }

    /// Puts an event into its envelope, with the times of this world.
    fn tell(&mut self, told: StudyEvent) {
        let mut event = told.to_event(&self.source).unwrap();
        event.id = EventId::from(self.events.len() as u128);
        event.wall = WallTime(1_772_359_200_000_000_000 + (self.seconds * 1e9) as u64);
        event.monotonic = Monotonic(((self.seconds - self.run_began) * 1e9) as u64);
        self.events.push((event, told));
    }

    fn apply(&mut self, told: StudyEvent) {
        self.state.apply(&told).unwrap();
        self.tell(told);
    }

    fn decide(&mut self) {
        while let Some(decision) = self.state.decision() {
            let told = match decision {
                Decision::Event(told) => told,
                Decision::Offer { .. } => unreachable!("a team of one has no market"),
                Decision::Start { trial, assigned, .. } => {
                    let config = &self.course.config;
                    let mut random = RandomStream::new(config.seed, trial);
                    let sampler = by_name(&config.team.members[0].sampler).unwrap();
                    let (space, history, seed) = (&config.space, self.state.history(), config.seed);
                    let request = Request { space, history, member: 0, seed };
                    Decision::started(assigned, Some(0), sampler.suggest(&request, &mut random))
                }
            };
            self.apply(told);
        }
    }

    fn open_slots(&self) -> Vec<usize> {
        (0..self.state.slots().len()).filter(|slot| self.state.slots()[*slot].open_job().is_some()).collect()
    }

    /// The program dies and is started again ten minutes later.
    fn die(&mut self) {
        self.seconds += 600.0;
        self.run_began = self.seconds;
        self.apply(StudyEvent::Resumed);
        for slot in self.open_slots() {
            let job = self.state.slots()[slot].open_job().unwrap().clone();
            let cut = Interrupted { slot: slot as u32, trial: job.trial, epochs: job.cost() };
            self.apply(StudyEvent::Interrupted(cut));
        }
    }

    fn report(&mut self, slot: usize) {
        let job = self.state.slots()[slot].open_job().unwrap().clone();
        let params = &self.state.trials()[job.trial as usize].params;
        let failure = self.course.fails.filter(|(every, _)| job.trial % every == every - 1);
        let outcome = match failure {
            Some((_, text)) => Outcome::Failed(text.to_owned()),
            None => {
                let value = value(&self.course.config, job.trial, params, job.to_epoch);
                Outcome::Reached { value, checkpoint: None, is_done: false, further: Vec::new() }
            }
        };
        self.apply(StudyEvent::Reported(Reported {
            slot: slot as u32,
            trial: job.trial,
            rung: job.rung as u32,
            outcome,
            repeated: 0,
            agent: (slot + 1) as u32,
            seconds: 0.012 * job.cost() as f64,
        }));
    }
}

/// Rises with the epochs towards a height that falls with the distance from a point of the space.
fn value(config: &StudyConfig, trial: u64, params: &Params, epoch: u32) -> f64 {
    let best = [0.7, 0.75, 0.2, 0.4, 0.85, 0.3];
    let units = config.space.units_of(params).unwrap();
    let far: f64 = units.iter().zip(best.iter().cycle()).map(|(unit, best)| (unit - best).powi(2)).sum();
    let noise = RandomStream::new(trial, epoch.into()).next_f64() * 0.01;
    let height = 0.97 * (-0.9 * far).exp();
    let value = height * (1.0 - (-0.45 * f64::from(epoch).powf(0.8)).exp()) + noise;
    config.direction.oriented(value)
}
