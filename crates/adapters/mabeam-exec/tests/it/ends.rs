//! What a program says, and how it ends.

use std::fs;
use std::time::Duration;

use mabeam::{Asha, Direction, SearchSpace, TrialState};
use mabeam_exec::{Command, Retries};

use crate::world::{PROBE, World, failure, probe, value};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_value_counts_between_lines_of_anything_else() {
    let world = World::new();
    let lines = ["hello", r#"{"value":0.25}"#, r#"{"loss":3}"#, "{", r#"{"value":0.5}"#, "bye"];
    let words: Vec<&str> = ["say"].into_iter().chain(lines).collect();
    assert_eq!(world.value(&words).await, 0.5);
    assert_eq!(world.output(0).lines().collect::<Vec<_>>(), lines);
    assert_eq!(world.value(&["say", r#"{"step":1,"values":[0.75]}"#]).await, 0.75);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_a_failure_that_says_which() {
    let world = World::new();
    let said = async |line: &str| world.failure(&["say", line]).await;
    assert!(said(r#"{"value":NaN}"#).await.contains("NaN is no finite number"));
    assert!(said(r#"{"value":"x"}"#).await.contains("\"x\" is no finite number"));
    assert!(said("nothing").await.contains("ended without a value"));
    assert!(said(r#"{"values":[1,2]}"#).await.contains("2 values at once, and the study has 1 objective"));
    let steps = [r#"{"step":0,"value":1}"#, r#"{"step":0,"value":1}"#];
    assert!(world.failure(&["say", steps[0], steps[1]]).await.contains("step 0 after step 0"));
    assert!(world.failure(&["line", "70000"]).await.contains("longer than 64 KiB"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_objectives_are_told_in_the_studys_order() {
    let world = World::new();
    let studied = async |line: &str| {
        let goals = |study: mabeam::Study| study.trials(1).goal("cost", Direction::Minimize);
        world.study(probe(&["say", line]), goals).await
    };
    let state = studied(r#"{"values":[0.75,120]}"#).await;
    assert_eq!((state.trials()[0].rungs[0].value, &*state.trials()[0].rungs[0].further), (0.75, &[120.0][..]));
    let reason = failure(studied(r#"{"value":1}"#).await);
    assert!(reason.contains("1 value at once, and the study has 2 objectives"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_quotes_the_last_words_and_names_the_output() {
    let world = World::new();
    let reason = world.failure(&["fail", "3", r#"{"value":1}"#, "Traceback\nValueError: {no}"]).await;
    assert!(reason.contains("exit code 3") && reason.contains("\n  Traceback\n  ValueError: {no}\n"), "{reason}");
    let folder = world.settings.output.join("trial-0").join("attempt-1");
    assert!(reason.ends_with(&format!("output: {}", folder.display())), "{reason}");
    assert_eq!(fs::read_to_string(folder.join("stderr.txt")).unwrap(), "Traceback\nValueError: {no}\n");
    let reason = world.failure(&["abort"]).await;
    assert!(reason.contains("killed by signal 6 (SIGABRT)"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_crashed_is_started_again() {
    let mut world = World::new();
    let pause = Duration::from_millis(1);
    world.settings.retries = Retries { attempts: 3, first_pause: pause, longest_pause: pause };
    assert_eq!(world.value(&["attempt", "3"]).await, 1.0);
    assert_eq!(world.kept(0, 2, "stderr.txt"), "not yet\n");
    world.settings.retries.attempts = 2;
    let reason = world.failure(&["attempt", "3"]).await;
    assert!(reason.contains("exit code 7, at attempt 2") && reason.contains("attempt-2"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_be_the_same_again_is_not_tried_again() {
    let mut world = World::new();
    world.settings.retries = Retries { attempts: 3, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };
    assert!(!world.failure(&["say", r#"{"value":"x"}"#]).await.contains("attempt 2"));
    // A program that is gone when its trial comes.
    let copy = world.folder.path().join("copy");
    fs::copy(PROBE, &copy).unwrap();
    let objective = world.objective(Command::from_words([copy.to_str().unwrap(), "hang"]).unwrap());
    fs::remove_file(&copy).unwrap();
    let study = mabeam::Study::new("gone", world.space.clone()).trials(1);
    let running = study.start_objective(&crate::world::ports(), std::sync::Arc::new(objective)).await.unwrap();
    let reason = failure(running.finish().await.unwrap());
    assert!(reason.contains("cannot be started") && !reason.contains("attempt 2"), "{reason}");
}

/// The trial runs rung by rung, and those that others are better than are stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_study_stops_programs_at_rungs() {
    let mut world = World::new();
    world.space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
    let command = Command::parse(&format!("{PROBE} steps {{steps}} {{x}}")).unwrap();
    let state = world.study(command, |study| study.trials(12).slots(2).scheduler(Asha::default())).await;
    let count = |wanted| state.count(wanted);
    assert_eq!(count(TrialState::Completed) + count(TrialState::Stopped), 12, "{:?}", state.trials());
    assert!(count(TrialState::Stopped) >= 3 && count(TrialState::Completed) >= 1);
    let best = state.best().unwrap();
    // All of its steps: 27 of them come within 0.1 % of the goal.
    let goal = best.params.float("x").unwrap();
    assert!((best.value().unwrap() - goal).abs() < 1e-3 * goal, "{best:?}");
}

/// A crash after the last step is a crash; a program that goes on beyond it is stopped, and its value stands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_step_counts_when_the_program_ends() {
    let world = World::new();
    let reason = world.failure(&["fail", "1", r#"{"step":1,"value":1}"#, "late"]).await;
    assert!(reason.contains("exit code 1"), "{reason}");
    let state = world.one(&["steps", "1000000", "2"]).await;
    assert!((value(state) - 2.0 * 0.3).abs() < 1e-9);
}

/// A program gets SIGTERM and may end in order. It waits without a child: a shell that is told to end between fork and
/// exec leaves a child that never hears of it, and waits for that one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_asked_to_end_before_it_is_killed() {
    let mut world = World::new();
    world.settings.grace = Duration::from_secs(60);
    let file = world.folder.path().join("asked");
    let script = r#"trap 'echo yes > "$1"; exit 0' TERM; echo '{{"value":"x"}}'; while :; do :; done"#;
    let command = Command::from_words(["sh", "-c", script, "sh", file.to_str().unwrap()]).unwrap();
    let reason = failure(world.study(command, |study| study.trials(1)).await);
    assert!(reason.contains("\"x\" is no finite number"), "{reason}");
    assert_eq!(fs::read_to_string(file).unwrap(), "yes\n");
}

/// One that does not listen is killed after the grace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_does_not_end_is_killed() {
    let mut world = World::new();
    let processes = world.processes();
    let script = r#"trap '' TERM; echo '{{"value":"x"}}'; "$1" hang"#;
    let command = Command::from_words(["sh", "-c", script, "sh", PROBE]).unwrap();
    failure(world.study(command, |study| study.trials(1)).await);
    assert!(processes.are_all_gone());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_beyond_a_mebibyte_is_kept_at_both_ends() {
    let mut world = World::new();
    // It is ended by how much it has said, however long that takes.
    world.settings.limits.output = 2 << 20;
    world.study(probe(&["flood", "3000000"]), |study| study.trials(1)).await;
    let kept = world.output(0);
    assert!(kept.len() < (1 << 20) + (70 << 10) && kept.contains("bytes left out"), "{}", kept.len());
}
