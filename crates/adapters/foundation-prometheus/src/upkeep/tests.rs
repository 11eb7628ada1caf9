use foundation_memory::Simulation;

use super::*;

const PERIOD: Duration = Duration::from_secs(5);

#[test]
fn upkeep_runs_once_a_period_until_it_is_stopped() {
    let world = Simulation::new(1);
    let recorder = Arc::new(PrometheusRecorder::new());
    let upkeep = recorder.start_upkeep(&world.spawner(), world.clock(), PERIOD);

    world.advance(PERIOD - Duration::from_nanos(1));
    assert_eq!(upkeep.rounds(), 0);
    world.advance(Duration::from_nanos(1));
    assert_eq!(upkeep.rounds(), 1);
    world.advance(PERIOD * 3);
    assert_eq!(upkeep.rounds(), 4);

    world.block_on(upkeep.stop());
    assert!(world.tasks().is_empty(), "still there: {:?}", world.tasks());
}

#[test]
fn a_dropped_upkeep_ends_and_lets_its_recorder_go() {
    let world = Simulation::new(2);
    let recorder = Arc::new(PrometheusRecorder::new());
    let upkeep = recorder.start_upkeep(&world.spawner(), world.clock(), PERIOD);
    world.run_until_idle();
    drop(upkeep);
    world.run_until_idle();
    assert!(world.tasks().is_empty(), "still there: {:?}", world.tasks());
    assert_eq!(Arc::strong_count(&recorder), 1);
}
