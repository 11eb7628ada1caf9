//! The market inside a study: budgets add up, whoever is useless or hostile is starved.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::Clock as _;
use foundation_core::port::entropy::RandomStream;
use foundation_memory::Simulation;
use mabeam::{
    Allocation, Asha, Bidding, MarketEvent, MedianStopping, Params, RandomSampler, Record, Request, Sampler, Standing,
    Study, StudyEvent, StudyState, Team, TpeSampler, read_events, read_study,
};

use crate::world::{Approach, Disk, space};

/// Bids all it has, always.
#[derive(Debug)]
struct Everything;

impl Bidding for Everything {
    fn bid(&self, standing: &Standing, _record: &Record) -> u64 {
        standing.balance
    }
}

/// Proposes the worst there is.
#[derive(Debug)]
struct Worst;

impl Sampler for Worst {
    fn name(&self) -> &'static str {
        "worst"
    }

    fn suggest(&self, request: &Request<'_>, _random: &mut RandomStream) -> Params {
        request.space.params_at(&[1.0, 0.0])
    }
}

fn study(name: &str) -> Study {
    Study::new(name, space()).seed(7).budget(600).scheduler(Asha::default())
}

fn run(study: Study) -> (Arc<StudyState>, Vec<StudyEvent>) {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let state = world.block_on(study.train(&disk.on(&world), Approach)).unwrap();
    let told = world.block_on(read_study(&*disk.log, &state.config().name)).unwrap().unwrap();
    assert_eq!(told.market(), state.market(), "the log alone tells the ledger");
    let events = world.block_on(read_events(&*disk.log, &state.config().name)).unwrap();
    (state, events.into_iter().map(|(_, event)| event).collect())
}

fn starts(state: &StudyState) -> Vec<u64> {
    state.market().unwrap().records().iter().map(|record| record.starts).collect()
}

/// Folds the log step by step: at each of them every unit is somewhere.
#[test]
fn the_sum_of_all_accounts_is_constant_to_the_unit_at_every_event() {
    for allocation in Allocation::ALL {
        let team = Team::new().member("tpe", Arc::new(TpeSampler::default())).member("random", Arc::new(RandomSampler));
        let (state, events) = run(study("sum").team(team.allocation(allocation).credit(777)));
        let StudyEvent::Created(config) = &events[0] else { panic!("{:?}", events[0]) };
        let mut folded = StudyState::new((**config).clone());
        let (mut sold, mut paid) = (0, 0);
        for event in &events[1..] {
            folded.apply(event).unwrap();
            assert_eq!(folded.market().unwrap().ledger().total(), 2 * 777, "{allocation}: {event:?}");
            sold += u64::from(matches!(event, StudyEvent::Market(MarketEvent::Sold(_))));
            paid += u64::from(matches!(event, StudyEvent::Market(MarketEvent::Paid(_))));
        }
        assert_eq!(sold > 0, allocation == Allocation::SecondPrice, "{allocation}");
        assert_eq!(paid, state.promotions().iter().sum::<u64>(), "{allocation}: each promotion pays once");
        assert_eq!(starts(&state).iter().sum::<u64>(), state.trials().len() as u64, "{allocation}");
        assert_eq!(state.market().unwrap().ledger().escrow(), 0, "{allocation}: nothing is left in escrow");
    }
}

#[test]
fn a_useless_member_and_a_hostile_one_are_starved() {
    let honest =
        || Team::new().member("tpe", Arc::new(TpeSampler::default())).member("random", Arc::new(RandomSampler));
    let alone = run(study("alone").team(honest())).0;
    let useless = run(study("useless").team(honest().member("worst", Arc::new(Worst)))).0;
    let hostile = honest().member_that_bids("worst", Arc::new(Worst), Arc::new(Everything));
    let hostile = run(study("hostile").team(hostile)).0;
    for (state, who) in [(&useless, "useless"), (&hostile, "hostile")] {
        let starts = starts(state);
        let share = starts[2] as f64 / starts.iter().sum::<u64>() as f64;
        assert!(share < 0.25, "the {who} member had {starts:?} starts");
        assert_eq!(state.market().unwrap().ledger().total(), 3_000);
        let lost = alone.best().unwrap().value().unwrap() - state.best().unwrap().value().unwrap();
        assert!(lost < 0.05, "the study hardly suffers from the {who} member: {lost}");
    }
}

#[test]
fn what_is_under_way_when_the_time_is_up_is_refunded() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    let clock = world.clock();
    let team = Team::new().member("one", Arc::new(RandomSampler)).member("two", Arc::new(RandomSampler));
    let limited = Study::new("limited", space()).trials(50).slots(3).team(team).time_limit(Duration::from_secs(1));
    let state = world.block_on(async {
        let asked = limited.ask_tell(&ports).await.unwrap();
        clock.sleep(Duration::from_secs(2)).await;
        asked.look().await.unwrap()
    });
    assert!(state.is_timed_out());
    let market = state.market().unwrap();
    assert_eq!((market.ledger().escrow(), market.ledger().total()), (0, 2_000), "{market:?}");
    assert_eq!(starts(&state), [0, 0], "nothing that was begun was delivered");
}

/// A trial that is judged after each of its 80 epochs is paid for as often as it goes on.
#[test]
fn a_schedule_of_many_rungs_pays_for_every_one() {
    let team = Team::new().member("one", Arc::new(RandomSampler)).member("two", Arc::new(RandomSampler));
    let many = Study::new("many", space()).seed(7).budget(400).scheduler(MedianStopping::every(1, 80)).team(team);
    let (state, events) = run(many);
    let highest = events.iter().filter_map(|event| match event {
        StudyEvent::Market(MarketEvent::Paid(paid)) => Some(paid.rung),
        _ => None,
    });
    assert_eq!(highest.max(), Some(78), "from the last rung but one");
    let market = state.market().unwrap();
    assert_eq!((market.ledger().escrow(), market.ledger().total()), (0, 2_000));
}
