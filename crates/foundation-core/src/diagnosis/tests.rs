use proptest::prelude::*;

use super::*;

fn info(number: u64, activity: Activity, turns: u64) -> ProcessInfo {
    let process = ProcessRef { process: number, incarnation: 1 };
    ProcessInfo { process, name: "p", activity, mailbox_len: 0, turns, memory_bytes: 0 }
}

fn census(at_s: u64, processes: Vec<ProcessInfo>) -> Census {
    Census { at: Monotonic(0) + Duration::from_secs(at_s), processes }
}

fn numbers(finding: &Finding) -> Vec<u64> {
    match finding {
        Finding::CallCycle { ring } => ring.iter().map(|party| party.process.process).collect(),
        Finding::Stuck { process, .. } | Finding::Spinning { process, .. } => vec![process.process.process],
    }
}

#[test]
fn a_ring_is_told_once_and_who_waits_for_it_is_told_apart() {
    let all = || {
        vec![
            info(1, Activity::Calling { callee: 3 }, 5),
            info(2, Activity::Calling { callee: 3 }, 5),
            info(3, Activity::Calling { callee: 4 }, 5),
            info(4, Activity::Calling { callee: 2 }, 5),
        ]
    };
    let findings = census(8, all()).since(&census(3, all()));
    assert_eq!(findings.iter().map(numbers).collect::<Vec<_>>(), [vec![2, 3, 4], vec![1]]);
    assert_eq!(
        findings[0].to_string(),
        "`p` (2.1) waits for the answer of `p` (3.1) waits for the answer of `p` (4.1) waits for the answer of `p` (2.1): \
         a cycle of calls, which only their deadlines end"
    );
    assert_eq!(findings[1].to_string(), "`p` (1.1) has waited for the answer of `p` (3.1) for 5s");
}

#[test]
fn who_rests_or_gets_on_is_not_named() {
    let before = census(0, vec![info(1, Activity::Idle, 5), info(2, Activity::Busy, 5), info(3, Activity::Down, 5)]);
    let paused = || census(0, vec![info(1, Activity::Paused, 5)]);
    assert_eq!(paused().since(&paused()), []);
    let mut restarted = info(2, Activity::Busy, 5);
    restarted.process.incarnation = 2;
    let now = census(1, vec![info(1, Activity::Busy, 5), restarted, info(3, Activity::Down, 5)]);
    assert_eq!(now.since(&before), []);
    let now = census(1, vec![info(1, Activity::Idle, 9), info(2, Activity::Busy, 6), info(3, Activity::Idle, 5)]);
    assert_eq!(now.since(&before), []);
}

#[test]
fn a_thread_that_is_held_is_told_from_an_await_that_lasts() {
    let looks = || vec![info(1, Activity::OnThread, 5), info(2, Activity::Busy, 5)];
    let findings = census(2, looks()).since(&census(0, looks()));
    assert!(
        matches!(&findings[..], [Finding::Spinning { .. }, Finding::Stuck { waits_for: None, .. }]),
        "{findings:?}"
    );
}

proptest! {
    /// Whoever waits is in exactly one finding, and a ring is closed.
    #[test]
    fn everybody_who_waits_is_named_once(callees in prop::collection::vec(1_u64..12, 0..11)) {
        let all = || {
            let waiting = (1_u64..).zip(&callees).map(|(number, callee)| info(number, Activity::Calling { callee: *callee }, 1));
            census(0, waiting.collect())
        };
        let findings = all().since(&all());
        let mut named: Vec<u64> = findings.iter().flat_map(numbers).collect();
        named.sort_unstable();
        prop_assert_eq!(named, (1..=callees.len() as u64).collect::<Vec<_>>());
        for finding in &findings {
            if let Finding::CallCycle { ring } = finding {
                for (party, next) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                    prop_assert_eq!(callees[party.process.process as usize - 1], next.process.process);
                }
            }
        }
    }
}
