//! Ends of those who start programs: nothing is left behind.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use mabeam::Study;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::world::{Alive, Processes, World, failure, ports, probe};

/// How many processes `tree` is, without the one that ends by itself: itself, a child, one in another group, one in
/// another session, and an orphan.
const TREE: usize = 5;
/// The folder of the host below, and what it runs.
const HOST: &str = "MABEAM_EXEC_TEST_HOST";

/// This test binary again, with the one test that is a worker of a study.
fn host(processes: &Processes, folder: &Path) -> Child {
    let (name, socket) = processes.variable();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::worker", "--nocapture"])
        .env(HOST, folder)
        .env(format!("{HOST}_{name}"), socket)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// No test by itself: a worker that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker() {
    let Some(folder) = std::env::var_os(HOST) else { return };
    let mut world = World::new();
    world.settings.output = Path::new(&folder).join("output");
    let socket = std::env::var(format!("{HOST}_PROBE_SOCKET")).unwrap();
    world.settings.environment.push(("PROBE_SOCKET".to_owned(), socket));
    world.study(probe(&["tree"]), |study| study.trials(2).slots(2)).await;
}

#[test]
fn a_worker_that_is_killed_leaves_no_process_behind() {
    let folder = tempfile::tempdir().unwrap();
    let processes = Processes::listen(folder.path());
    for _ in 0..3 {
        let mut worker = host(&processes, folder.path());
        // Two trials at once, and in each the one that ends at once.
        let mut alive = processes.wait_for(2 * (TREE + 1));
        worker.kill().unwrap();
        worker.wait().unwrap();
        let parents: Vec<u32> = alive.iter().map(|one| one.parent).collect();
        alive.drain(..).for_each(Alive::wait);
        // The guards are among them.
        parents.into_iter().for_each(wait_for);
        assert!(processes.are_all_gone());
    }
}

/// The guard is killed: the kernel kills the program, and the worker its group.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_that_is_killed_takes_the_program_and_its_group_along() {
    let mut world = World::new();
    let processes = world.processes();
    let objective = world.objective(probe(&["tree"]));
    let study = Study::new("guard", world.space.clone()).trials(1);
    let running = study.start_objective(&ports(), Arc::new(objective)).await.unwrap();
    let mut alive = processes.wait_for(TREE + 1);
    // The program is the first to say that it lives.
    let program = alive.remove(0);
    kill(program.parent);
    program.wait();
    let reason = failure(running.finish().await.unwrap());
    assert!(reason.contains("its guard was killed"), "{reason}");
    // Who had left the group is not promised anything; nothing of this test is to stay.
    alive.iter().for_each(|other| kill(other.process));
}

/// A program that says nothing is stopped when the study is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_program_ends_with_its_study() {
    let mut world = World::new();
    let processes = world.processes();
    let objective = world.objective(probe(&["tree"]));
    let study = Study::new("silent", world.space.clone()).trials(1);
    let running = study.start_objective(&ports(), Arc::new(objective)).await.unwrap();
    let alive = processes.wait_for(TREE + 1);
    running.stop().await;
    alive.into_iter().for_each(Alive::wait);
    assert!(processes.are_all_gone());
}

/// Whoever ends this process after a study can wait for the programs that were asked to end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_of_a_stopped_study_can_be_waited_for() {
    let mut world = World::new();
    let processes = world.processes();
    let objective = Arc::new(world.objective(probe(&["tree"])));
    assert!(objective.wait_until_idle(Duration::ZERO), "nothing has begun");
    let study = Study::new("waited", world.space.clone()).trials(1);
    let running = study.start_objective(&ports(), objective.clone()).await.unwrap();
    processes.wait_for(TREE + 1);
    assert!(!objective.wait_until_idle(Duration::ZERO));
    running.stop().await;
    assert!(objective.wait_until_idle(Duration::from_secs(60)));
    assert!(processes.are_all_gone());
}

/// What a program leaves behind when it ends in order goes with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_program_leaves_behind_is_ended_with_it() {
    let mut world = World::new();
    let processes = world.processes();
    assert_eq!(world.value(&["leave"]).await, 1.0);
    assert!(processes.are_all_gone());
}

fn pid(process: u32) -> Pid {
    Pid::from_raw(i32::try_from(process).unwrap()).unwrap()
}

fn kill(process: u32) {
    // It may have ended already.
    let _ = kill_process(pid(process), Signal::KILL);
}

/// Waits for the end of a process that may have ended.
fn wait_for(process: u32) {
    let Ok(handle) = pidfd_open(pid(process), PidfdFlags::empty()) else { return };
    let patience = Timespec { tv_sec: 60, tv_nsec: 0 };
    let ended = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&patience)).unwrap();
    assert_eq!(ended, 1, "process {process} lives");
}
