//! Studies of closures.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use mabeam::{Asha, LiveTrial, Study, TrialError, TrialState, Verdict};

use crate::world::{Disk, result, space};

fn parabola(trial: &mut LiveTrial) -> Result<f64, TrialError> {
    Ok((trial.float("x")? - 0.3).powi(2))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closure_is_tuned_in_a_few_lines() {
    let state = Study::new("parabola", space()).minimize().trials(60).optimize(&Disk::new().on_tokio(), parabola).await;
    let state = state.unwrap();
    assert_eq!(state.count(TrialState::Completed), 60);
    assert!(state.best().unwrap().value().unwrap() < 1e-3, "{:?}", state.best());
}

/// Reports at every step and counts how often it was told to stop.
fn stepwise(told_to_stop: Arc<AtomicU32>) -> impl Fn(&mut LiveTrial) -> Result<f64, TrialError> {
    move |trial| {
        let goal = 1.0 - (trial.float("x")? - 0.3).abs();
        let mut value = 0.0;
        for step in 1..=27 {
            value += (goal - value) * 0.3 + 0.01 * trial.random(step).next_f64();
            if trial.report(step, value)? == Verdict::Stop {
                told_to_stop.fetch_add(1, Ordering::Relaxed);
                return Ok(value);
            }
        }
        Ok(value)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closures_that_report_are_stopped_when_others_are_better() {
    let mut results = Vec::new();
    for agents in [1, 2, 3] {
        let told = Arc::new(AtomicU32::new(0));
        let study = Study::new("stepwise", space()).seed(3).slots(3).agents(agents).scheduler(Asha::default());
        let state = study.trials(40).optimize(&Disk::new().on_tokio(), stepwise(told.clone())).await.unwrap();
        assert_eq!(state.trials().len(), 40);
        let stopped = state.count(TrialState::Stopped);
        assert!(stopped > 10 && state.count(TrialState::Completed) > 1);
        assert_eq!(state.epochs().wasted, 0, "a closure that waits goes on where it waits: {agents} agents");
        results.push(result(&state));
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "any number of agents gives the same study");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closure_that_was_cut_off_runs_again_whole_and_gives_the_same() {
    let study = || Study::new("cut", space()).seed(3).scheduler(Asha::default()).trials(30);
    let told = Arc::new(AtomicU32::new(0));
    let expected = result(&study().optimize(&Disk::new().on_tokio(), stepwise(told.clone())).await.unwrap());
    let disk = Disk::new();
    for reports in [5, 40, 90] {
        let ports = disk.on_tokio();
        let (seen, reached) = tokio::sync::oneshot::channel();
        let (seen, left) = (Mutex::new(Some(seen)), AtomicU32::new(reports));
        let inner = stepwise(told.clone());
        let objective = move |trial: &mut LiveTrial| {
            if left.fetch_sub(1, Ordering::Relaxed) == 1
                && let Some(seen) = seen.lock().unwrap().take()
            {
                let _ = seen.send(());
            }
            inner(trial)
        };
        let running = study().start_objective(&ports, Arc::new(objective)).await.unwrap();
        // Whichever comes first; a study that is finished has nothing to cut off.
        tokio::select! {
            _ = reached => {}
            finished = running.finished() => drop(finished.unwrap()),
        }
        running.stop().await;
    }
    let state = study().optimize(&disk.on_tokio(), stepwise(told)).await.unwrap();
    assert_eq!(result(&state), expected);
    assert!(state.restarts() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn panics_errors_and_nonsense_are_failures_of_their_trial() {
    let objective = |trial: &mut LiveTrial| match trial.number() {
        0 => Err(TrialError::new("no luck")),
        1 => panic!("broken"),
        2 => Ok(f64::NAN),
        3 => trial.float("no such thing"),
        _ => Ok(1.0),
    };
    let state = Study::new("failing", space()).trials(6).optimize(&Disk::new().on_tokio(), objective).await.unwrap();
    let failure = |trial: usize| state.trials()[trial].failure.clone().unwrap();
    assert_eq!(failure(0), "no luck");
    assert!(failure(1).contains("broken"));
    assert!(failure(2).contains("NaN"));
    assert!(failure(3).contains("no such thing") && failure(3).contains("rate"), "{}", failure(3));
    assert_eq!(state.count(TrialState::Completed), 2);
}

/// An objective that has nothing to report sees by asking that nobody waits for it any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_closure_learns_that_the_study_let_go_of_it() {
    let (began, begun) = tokio::sync::oneshot::channel();
    let (ended, end) = tokio::sync::oneshot::channel();
    let told = Mutex::new(Some((began, ended)));
    let objective = move |trial: &mut LiveTrial| {
        let Some((began, ended)) = told.lock().unwrap().take() else { return Ok(0.0) };
        let before = (trial.is_stopped(), trial.steps(), trial.next_rung());
        let _ = began.send(before);
        while !trial.is_stopped() {
            std::thread::yield_now();
        }
        let _ = ended.send(trial.number());
        Ok(0.0)
    };
    let study = Study::new("silent", space()).scheduler(Asha::default()).trials(1);
    let running = study.start_objective(&Disk::new().on_tokio(), Arc::new(objective)).await.unwrap();
    assert_eq!(begun.await.unwrap(), (false, 27, Some(1)));
    running.stop().await;
    assert_eq!(end.await.unwrap(), 0);
}
