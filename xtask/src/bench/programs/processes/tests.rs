use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use super::*;

fn process(id: i32, environment: &[&str]) -> Process {
    let environment = environment.iter().map(|one| (*one).to_owned()).collect();
    Process { id, parent: 1, line: "python3 train.py".to_owned(), environment }
}

/// A planted left-over among processes that are none.
#[test]
fn whoever_has_the_mark_is_of_the_run_and_nobody_else() {
    let processes = [
        process(1, &["PATH=/bin"]),
        process(2, &["MABEAM_BENCH_RUN=7-exec-1", "MABEAM_TRIAL=12"]),
        process(3, &["MABEAM_BENCH_RUN=7-exec-11"]),
        process(4, &["OLD_MABEAM_BENCH_RUN=7-exec-1", "MABEAM_BENCH_RUNS=7-exec-1"]),
        process(5, &["MABEAM_BENCH_RUN=7-exec-1"]),
        process(6, &[]),
    ];
    let found: Vec<i32> = of_run(&processes, "7-exec-1").iter().map(|one| one.id).collect();
    assert_eq!(found, [2, 5]);
    assert_eq!(of_trial(&processes, "7-exec-1", 12).map(|one| one.id), Some(2));
    assert_eq!(of_trial(&processes, "7-exec-1", 1), None);
    assert_eq!(of_trial(&processes, "7-exec-11", 12), None);
}

#[test]
fn a_parent_is_read_behind_any_name() {
    assert_eq!(parent("12 (a) b) S 7 12 12 0"), Some(7));
    assert_eq!(parent("12 (python3) R 1 0"), Some(1));
    assert_eq!(parent("nonsense"), None);
}

/// A program that runs: it has answered. Between the call that starts a program and its first instruction there is an
/// instant in which `/proc` shows no environment yet.
fn marked(mark: &str) -> Child {
    let mut cat = Command::new("cat");
    let mut child = cat.env(MARK, mark).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(b"here\n").unwrap();
    let mut answer = [0; 5];
    child.stdout.as_mut().unwrap().read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"here\n");
    child
}

/// A real process that outlives its run is seen, and is gone once it is killed.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_left_over_is_found_by_its_mark() {
    let mark = format!("{}-test", std::process::id());
    assert!(of_run(&all().unwrap(), &mark).is_empty());
    let mut child = marked(&mark);
    let id = i32::try_from(child.id()).unwrap();
    let processes = all().unwrap();
    let found = of_run(&processes, &mark);
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    assert_eq!(found[0].parent, i32::try_from(std::process::id()).unwrap());
    // Who may stay is not waited for.
    assert!(wait_until_gone(&mark, |one| one.id == id).unwrap().over.is_empty());
    assert!(kill(id));
    // Dead and not buried yet: not counted.
    assert!(wait_until_gone(&mark, |_| false).unwrap().over.is_empty());
    child.wait().unwrap();
}
