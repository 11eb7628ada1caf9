//! Studies of several objectives.

use foundation_core::Code;
use foundation_memory::Simulation;
use mabeam::{Asha, Direction, LiveTrial, Study, TrialError, TrialState, TrialTable, Verdict, read_study};

use crate::world::{Approach, Disk, result, space};

fn study() -> Study {
    Study::new("several", space()).seed(3).trials(40).goal("cost", Direction::Minimize)
}

/// Better and dearer the larger `x` is; what is dear and no better lies off the front.
fn measure(trial: &mut LiveTrial) -> Result<f64, TrialError> {
    let (x, rate) = (trial.float("x")?, trial.float("rate")?);
    trial.further("cost", x * x + rate)?;
    Ok(x)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_objective_tells_several_values_and_the_front_has_whom_nobody_beats() {
    let mut results = Vec::new();
    for agents in [1, 2] {
        let disk = Disk::new();
        let state = study().agents(agents).optimize(&disk.on_tokio(), measure).await.unwrap();
        assert_eq!(state.count(TrialState::Completed), 40);
        let front = state.front();
        assert!(front.len() > 2 && front.len() < 40, "{}", front.len());
        let point = |trial: &mabeam::Trial| (trial.rungs[0].value, trial.rungs[0].further[0]);
        for one in &front {
            let beats = |other: &&mabeam::Trial| {
                let ((value, cost), (others, its)) = (point(one), point(other));
                others >= value && its <= cost && (others > value || its < cost)
            };
            assert!(!state.trials().iter().any(|other| beats(&other)), "{one:?}");
        }
        let told = read_study(&*disk.log, "several").await.unwrap().unwrap();
        let numbers = |state: &mabeam::StudyState| state.front().iter().map(|trial| trial.id).collect::<Vec<u64>>();
        assert_eq!(numbers(&told), numbers(&state), "the log alone tells the front");
        results.push((result(&state), numbers(&state)));
    }
    assert_eq!(results[0], results[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_is_missing_unknown_or_no_number_is_a_failure_of_its_trial() {
    let objective = |trial: &mut LiveTrial| {
        match trial.number() {
            0 => {}
            1 => trial.further("speed", 1.0)?,
            2 => trial.further("cost", f64::NAN)?,
            3 => {
                if trial.report(1, 0.5)? == Verdict::Stop {
                    return Ok(0.5);
                }
            }
            _ => trial.further("cost", 1.0)?,
        }
        Ok(1.0)
    };
    let state = study().trials(5).optimize(&Disk::new().on_tokio(), objective).await.unwrap();
    let failure = |trial: usize| state.trials()[trial].failure.clone().unwrap();
    assert!(failure(0).contains("no value of `cost`"), "{}", failure(0));
    assert!(failure(1).contains("`speed` is no further objective") && failure(1).contains("cost"), "{}", failure(1));
    assert!(failure(2).contains("`cost` is NaN"), "{}", failure(2));
    assert!(failure(3).contains("no value of `cost`"), "{}", failure(3));
    assert_eq!(state.front().iter().map(|trial| trial.id).collect::<Vec<_>>(), [4]);

    let table = TrialTable::of(&state);
    assert_eq!(table.goals, state.config().goals);
    let values: Vec<_> = table.rows.iter().map(|row| (row.value, row.further.as_slice())).collect();
    assert_eq!(values, [(None, &[][..]), (None, &[]), (None, &[]), (None, &[]), (Some(1.0), &[1.0])]);
    assert!(table.rows[..4].iter().all(|row| row.state == TrialState::Failed && row.failure.is_some()));
}

#[test]
fn several_objectives_need_an_objective_that_runs_in_one_go() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    for error in [
        world.block_on(study().train(&ports, Approach)).unwrap_err(),
        world.block_on(study().scheduler(Asha::default()).ask_tell(&ports)).unwrap_err(),
        world.block_on(study().scheduler(Asha::default()).optimize(&ports, measure)).unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::InvalidStudy);
        assert!(error.what().contains("2 objectives"), "{error}");
    }
}

/// A sampler that went by the first objective alone would end at the one end of the front.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proposals_spread_along_the_front() {
    let parabola = |trial: &mut LiveTrial| {
        let x = trial.float("x")?;
        trial.further("cost", x * x)?;
        Ok(x)
    };
    let state = study().trials(80).optimize(&Disk::new().on_tokio(), parabola).await.unwrap();
    let late: Vec<f64> = state.trials()[20..].iter().map(|trial| trial.params.float("x").unwrap()).collect();
    let between = |low: f64, high: f64| late.iter().filter(|x| (low..high).contains(*x)).count();
    let thirds = [between(0.0, 1.0 / 3.0), between(1.0 / 3.0, 2.0 / 3.0), between(2.0 / 3.0, 1.1)];
    assert!(thirds.iter().all(|count| *count >= 6), "{thirds:?}");
}
