//! What a study is told from outside: configurations to try first, trials that are known, and when to end.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::clock::Clock as _;
use foundation_memory::Simulation;
use mabeam::{
    Asha, Evaluated, Imported, Known, Params, RandomSampler, Study, StudyEvent, TrialState, read_events, read_study,
};

use crate::world::{Approach, Disk, result, space};

fn point(x: f64) -> Params {
    Params::new().with("x", x).with("rate", 0.01)
}

fn study() -> Study {
    Study::new("known", space()).seed(7).budget(200).scheduler(Asha::default())
}

#[test]
fn enqueued_configurations_are_tried_first_and_in_order() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let asked = || study().enqueue(point(0.3)).enqueue(point(0.9)).enqueue(point(0.3));
    let state = world.block_on(asked().train(&disk.on(&world), Approach)).unwrap();
    let first: Vec<_> = state.trials()[..4].iter().map(|trial| (trial.params.clone(), trial.member)).collect();
    assert_eq!(first[..3], [(point(0.3), None), (point(0.9), None), (point(0.3), None)]);
    assert_eq!(first[3].1, Some(0), "then the sampler is asked");
    let again = world.block_on(asked().train(&disk.on(&world), Approach)).unwrap();
    assert_eq!(result(&again), result(&state), "a study that exists is not begun again");
}

#[test]
fn a_configuration_may_be_enqueued_while_the_study_runs_and_not_after() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
        running.enqueue(point(0.31)).await.unwrap();
        let outside = running.enqueue(point(1.5)).await.unwrap_err();
        assert!(outside.what().contains("parameter `x` is 1.5"), "{outside}");
        let state = running.finished().await.unwrap();
        assert!(state.trials().iter().any(|trial| trial.params == point(0.31) && trial.member.is_none()));
        let late = running.enqueue(point(0.32)).await.unwrap_err();
        assert_eq!(late.code(), Code::InvalidStudy, "{late}");
        running.stop().await;
    });
}

#[test]
fn a_configuration_outside_the_space_begins_no_study() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let error = world.block_on(study().enqueue(point(-1.0)).train(&disk.on(&world), Approach)).unwrap_err();
    assert!(error.chain().contains("parameter `x` is -1"), "{}", error.chain());
    assert!(world.block_on(read_study(&*disk.log, "known")).unwrap().is_none(), "nothing was written");
}

/// JSON has no such number: written down, the study's log could never be read again.
#[test]
fn what_the_log_cannot_say_is_refused_and_harms_nobody() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    world.block_on(async {
        let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
        let evaluated = |value: f64, params: Option<Params>| Evaluated { label: "test".to_owned(), value, params };
        for bad in [f64::NAN, f64::INFINITY] {
            for evaluated in [evaluated(bad, None), evaluated(0.5, Some(point(bad)))] {
                let error = running.record(evaluated).await.unwrap_err();
                assert_eq!(error.code(), Code::InvalidInput, "{error}");
            }
        }
        running.record(evaluated(0.5, Some(point(0.3)))).await.unwrap();
        assert_eq!(running.finished().await.unwrap().evaluations().len(), 1);
        running.stop().await;
    });
    let told = world.block_on(read_study(&*disk.log, "known")).unwrap().unwrap();
    assert_eq!((told.evaluations().len(), told.restarts()), (1, 0), "nobody died of it");
    let known = Imported { params: point(0.3), epochs: 1, known: Known::Value(f64::NAN), from: "by hand".to_owned() };
    let begun = Study::new("nan", space()).warm_start([known]).ask_tell(&ports);
    let error = world.block_on(begun).unwrap_err();
    assert_eq!(error.code(), Code::InvalidStudy, "{error}");
}

#[test]
fn the_longest_time_limit_is_none_that_is_met() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    let state = world.block_on(study().time_limit(Duration::MAX).train(&ports, Approach)).unwrap();
    assert!(state.is_finished() && !state.is_timed_out());
}

#[test]
fn known_trials_cost_nothing_teach_the_samplers_and_can_be_the_best() {
    let world = Simulation::new(1);
    let imported = |x: f64, known: Known| Imported { params: point(x), epochs: 27, known, from: "by hand".to_owned() };
    let known = || {
        let good = (0..20).map(|at| imported(0.25 + 0.005 * f64::from(at), Known::Value(0.9)));
        let bad = (0..20).map(|at| imported(0.6 + 0.02 * f64::from(at), Known::Value(0.1)));
        good.chain(bad).chain([imported(0.5, Known::Failed("burnt".to_owned())), imported(0.5, Known::Stopped(5.0))])
    };
    let cold = world.block_on(study().trials(12).train(&Disk::new().on(&world), Approach)).unwrap();
    let disk = Disk::new();
    let warm = world.block_on(study().trials(12).warm_start(known()).train(&disk.on(&world), Approach)).unwrap();
    assert_eq!((warm.trials().len(), warm.n_started()), (42 + 12, 12));
    assert!(warm.epochs().granted <= 200);
    assert_eq!(warm.trials()[40].state, TrialState::Failed);
    assert_eq!(warm.trials()[41].state, TrialState::Stopped);
    let near = |trials: &[mabeam::Trial]| {
        trials.iter().filter(|trial| (trial.params.float("x").unwrap() - 0.3).abs() < 0.2).count()
    };
    assert!(near(&warm.trials()[42..]) > near(cold.trials()) + 2, "what is known guides the first proposal already");
    let told = world.block_on(read_study(&*disk.log, "known")).unwrap().unwrap();
    assert_eq!(result(&told), result(&warm), "the log alone tells it");
    let better = [imported(0.3, Known::Value(7.0))];
    let state = world.block_on(study().warm_start(better).train(&Disk::new().on(&world), Approach)).unwrap();
    assert_eq!(state.best().unwrap().from.as_deref(), Some("by hand"));
}

#[test]
fn a_fork_begins_with_what_the_other_study_found() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    let first = world.block_on(study().train(&ports, Approach)).unwrap();
    let fork = Study::new("fork", space()).seed(8).budget(100).scheduler(Asha::default()).fork(&first);
    let second = world.block_on(fork.sampler(Arc::new(RandomSampler)).train(&ports, Approach)).unwrap();
    assert_eq!(second.trials().len() as u64 - second.n_started(), first.trials().len() as u64);
    assert!(second.best().unwrap().value() >= first.best().unwrap().value());
    assert!(second.trials()[0].from.as_deref().unwrap().contains("trial 0 of study `known`"));
}

#[test]
fn a_study_ends_when_its_time_is_up_and_gives_up_what_is_under_way() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    let clock = world.clock();
    let limited = Study::new("limited", space()).trials(50).slots(1).time_limit(Duration::from_millis(1_500));
    let begun = clock.now();
    let state = world.block_on(async {
        let asked = limited.ask_tell(&ports).await.unwrap();
        clock.sleep(Duration::from_secs(3)).await;
        asked.look().await.unwrap()
    });
    assert!(state.is_finished() && state.is_timed_out());
    assert!(clock.now().since(begun) >= Duration::from_secs(2));
    assert!(state.trials().iter().all(|trial| trial.state.is_over()));
    let events = world.block_on(read_events(&*disk.log, "limited")).unwrap();
    assert!(matches!(events.last().unwrap().1, StudyEvent::Finished));
}
