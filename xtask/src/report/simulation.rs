//! Studies for tests: the decisions are those of `mabeam`, the values those of a function with a known best point.

use foundation_core::event::{Event, EventId, EventSource, NodeId};
use foundation_core::port::clock::{Monotonic, WallTime};
use foundation_core::port::entropy::RandomStream;
use foundation_memory::{SeededEntropy, VirtualClock};
use mabeam::{
    Allocation, Asha, Bidder, Bidding as _, Critic, Decision, Draft, Electorate, Interrupted, Judged, Market,
    MarketEvent, Member, Outcome, Params, Reported, Request, SearchSpace, StudyConfig, StudyEvent, StudyState,
    TeamConfig, Terms, VariableState, VotingRule, by_name,
};
use std::sync::Arc;

/// What critics voted on, by name.
pub(super) type Variables = Vec<(String, VariableState)>;

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
    /// What the study is told before it begins.
    pub(super) beginnings: Vec<StudyEvent>,
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
            beginnings: Vec::new(),
        }
    }

    /// The same study with a team that bids for starts, and critics.
    pub(super) fn of_a_team(samplers: &[&str], allocation: Allocation, critics: u32) -> Self {
        let mut course = Self::usual();
        let settings = serde_json::Value::Null;
        let member = |(at, sampler): (usize, &&str)| Member {
            name: format!("{sampler} {at}"),
            sampler: (*sampler).to_owned(),
            settings: settings.clone(),
        };
        let members: Vec<Member> = samplers.iter().enumerate().map(member).collect();
        let market = Some(Terms::new(members.len() as u32, 1_000, allocation));
        course.config.team = TeamConfig { members, market };
        course.config.critics = critics;
        course
    }

    /// The events.
    pub(super) fn log(&self) -> Vec<(Event, StudyEvent)> {
        self.logs().0
    }

    /// The events, and the variables that critics voted on.
    pub(super) fn logs(&self) -> (Vec<(Event, StudyEvent)>, Variables) {
        let mut log = Log::new(self);
        for beginning in &self.beginnings {
            log.apply(beginning.clone());
        }
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
        let variables = (self.config.critics > 0).then(|| ("best_config".to_owned(), log.variable));
        (log.events, variables.into_iter().collect())
    }
}

struct Log<'a> {
    course: &'a Course,
    state: StudyState,
    events: Vec<(Event, StudyEvent)>,
    source: EventSource,
    seconds: f64,
    run_began: f64,
    variable: VariableState,
}

impl<'a> Log<'a> {
    fn new(course: &'a Course) -> Self {
        let (clock, entropy) = (Arc::new(VirtualClock::new()), Arc::new(SeededEntropy::new(1)));
        let source = EventSource::new(clock, entropy, NodeId::new("test").unwrap());
        let state = StudyState::new(course.config.clone());
        let mut log = Self {
            course,
            state,
            events: Vec::new(),
            source,
            seconds: 0.0,
            run_began: 0.0,
            variable: VariableState::new(),
        };
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
                Decision::Offer { cost } => StudyEvent::Market(self.sell(cost)),
                Decision::Start { trial, member, assigned } => {
                    let config = &self.course.config;
                    let mut random = RandomStream::new(config.seed, trial);
                    let sampler = by_name(&config.team.members[member as usize].sampler).unwrap();
                    let (space, history, seed) = (&config.space, self.state.history(), config.seed);
                    let request = Request { space, history, member, seed };
                    let proposed = sampler.suggest(&request, &mut random);
                    Decision::started(assigned, Some(member), self.state.instead_of(trial, proposed))
                }
            };
            self.apply(told);
            self.judge();
        }
    }

    /// Finds the owner of the next start, as honest bidders bid.
    fn sell(&self, cost: u64) -> MarketEvent {
        let market: &Market = self.state.market().unwrap();
        let bid =
            |member: u32| Bidder::default().bid(&market.standing(member).unwrap(), market.record(member).unwrap());
        let bids: Vec<u64> = (0..market.terms().members).map(bid).collect();
        market
            .next_owner(cost, &bids, &mut RandomStream::new(self.course.config.seed, 1 << 40 | market.round()))
            .unwrap()
    }

    /// Has critics vote on what became the best.
    fn judge(&mut self) {
        let critics = self.course.config.critics;
        while let Some(trial) = self.state.bests().get(self.variable.proposals().len()).copied().filter(|_| critics > 0)
        {
            let best = self.state.trials()[trial as usize].clone();
            let names: Vec<String> = (0..critics).map(|critic| format!("critic {critic}")).collect();
            let draft = Draft {
                value: serde_json::json!({"trial": trial, "params": best.params, "value": best.value()}),
                proposer: "team".to_owned(),
                base: self.variable.version(),
                electorate: Electorate::new(names.clone()).unwrap(),
                rule: VotingRule::Majority,
            };
            let standing = self.variable.value().and_then(|value| value["trial"].as_u64());
            let proposed = self.variable.propose(draft).unwrap();
            self.variable.apply(&proposed).unwrap();
            let proposal = self.variable.proposals().len() as u64 - 1;
            for (critic, name) in names.iter().enumerate() {
                let scores = self.scores(critic as u64, trial);
                let against = standing.map(|trial| self.scores(critic as u64, trial));
                let value = Some(scores.iter().sum::<f64>() / scores.len() as f64);
                let (epochs, seconds, cpu_s) = (27, 0.4, Some(0.3));
                let judged = Judged { critic: critic as u32, trial, value, epochs, seconds, cpu_s };
                self.apply(StudyEvent::Judged(judged));
                let ballot = Critic::new(name.clone()).vote(&scores, against.as_deref()).unwrap();
                let voted = self.variable.vote(proposal, ballot).unwrap().unwrap();
                self.variable.apply(&voted).unwrap();
            }
            let settled = self.variable.close(proposal).unwrap().unwrap();
            self.variable.apply(&settled).unwrap();
        }
    }

    /// What a critic finds of a trial: its value, blurred in each of eight parts.
    fn scores(&self, critic: u64, trial: u64) -> Vec<f64> {
        let value = self.course.config.direction.oriented(self.state.trials()[trial as usize].value().unwrap());
        let mut random = RandomStream::new(trial, 1_000 + critic);
        (0..8).map(|_| value + 0.04 * random.next_f64()).collect()
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
                let further = further(&self.course.config, params);
                Outcome::Reached { value, checkpoint: None, is_done: false, further }
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

/// In further objectives every trial is the better the lower its first parameter is.
fn further(config: &StudyConfig, params: &Params) -> Vec<f64> {
    let units = config.space.units_of(params).unwrap();
    config.goals.iter().map(|goal| -goal.direction.oriented(units[0])).collect()
}
