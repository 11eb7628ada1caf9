//! What a probe's failures say.

use std::panic::AssertUnwindSafe;

use foundation_core::Runtime;
use foundation_testkit::{LedgerProbe, Probe, Simulation, expect_matches, runtime_in};

use super::{Asked, Caller, SECOND, Seen, Teller};
use crate::failure;

fn world() -> (Simulation, Runtime) {
    let world = Simulation::new(7);
    let runtime = runtime_in(&world);
    (world, runtime)
}

/// What an expectation says when it fails.
#[track_caller]
fn says<T>(expectation: impl FnOnce() -> T) -> String {
    failure(AssertUnwindSafe(|| drop(expectation())))
}

#[test]
fn another_message_is_shown_among_all_that_came() {
    let (world, runtime) = world();
    let mut probe = Probe::spawn(&world, &runtime, "probe");
    runtime.spawn("teller", Teller { to: probe.address(), after: vec![SECOND, 2 * SECOND] });
    probe.address().try_cast(Seen::Word("first")).unwrap();
    probe.expect();
    world.advance(SECOND);
    probe.address().try_cast(Seen::Word("last")).unwrap();
    world.run_until_idle();
    assert_eq!(
        says(|| probe.expect_eq(&Seen::Number(2))),
        "probe `probe`: expected Number(2), but the next message is another one
  what came, in order:
    1. at 0ns: Word(\"first\") (expected)
  > 2. at 1s: Number(1) (this one)
    3. at 1s: Word(\"last\") (not expected yet)
  seed 7, time 1s, next timer at 2s
  tasks: [\"teller\", \"probe\"]"
    );
}

#[test]
fn patterns_stand_in_the_failure() {
    let (world, runtime) = world();
    let mut probe = Probe::spawn(&world, &runtime, "probe");
    for number in 1..=2 {
        probe.address().try_cast(Seen::Number(number)).unwrap();
    }
    let text = says(|| expect_matches!(probe, Seen::Number(number) if *number > 5));
    assert!(text.contains("expected Seen::Number(number) if *number > 5, but the next"), "{text}");
    let text = says(|| expect_matches!(probe, Seen::Word(word) => word));
    assert!(text.contains("expected Seen::Word(word), but the next") && text.contains("> 2."), "{text}");
}

#[test]
fn that_nothing_can_come_any_more_is_told_from_that_it_came_too_late() {
    let (world, runtime) = world();
    let mut probe: Probe<'_, Seen> = Probe::spawn(&world, &runtime, "probe");
    assert_eq!(
        says(|| probe.expect_where("a word", |seen| matches!(seen, Seen::Word(_)))),
        "probe `probe`: expected a word, but it cannot come any more: nothing can run and no timer is set
  no message has come
  seed 7, time 0ns, no timer set
  tasks: []"
    );
    runtime.spawn("teller", Teller { to: probe.address(), after: vec![2 * SECOND, 90 * SECOND] });
    let text = says(|| probe.expect_within(SECOND, "a number", |_| true));
    assert!(text.contains("it did not come within 1s of the world's time"), "{text}");
    assert!(text.contains("time 0ns, next timer at 2s"), "{text}");
    let text = says(|| probe.expect_selective("a word", |seen| matches!(seen, Seen::Word(_))));
    assert!(text.contains("expected a word, but it did not come within 60s"), "{text}");
    assert!(text.contains("1. at 2s: Number(1) (not expected yet)"), "{text}");
}

#[test]
fn what_should_not_have_come_is_shown() {
    let (world, runtime) = world();
    let mut probe = Probe::spawn(&world, &runtime, "probe");
    runtime.spawn("teller", Teller { to: probe.address(), after: vec![SECOND] });
    probe.expect_none();
    let text = says(|| probe.expect_none_for(SECOND));
    assert!(text.contains("expected nothing for 1s, but a message came"), "{text}");
    assert!(text.contains("> 1. at 1s: Number(1)"), "{text}");
    let text = says(|| probe.expect_none());
    assert!(text.contains("expected nothing more at this time, but there is a message"), "{text}");
}

#[test]
fn a_caller_that_has_given_up_is_told() {
    let (world, runtime) = world();
    let mut probe = Probe::spawn(&world, &runtime, "probe");
    runtime.spawn("caller", Caller { to: probe.address(), within: SECOND });
    world.advance(2 * SECOND);
    let reply_of = |asked| match asked {
        Asked::Double(_, reply) => Ok(reply),
        other => Err(other),
    };
    let text = says(|| probe.expect_call("a question", reply_of, 1));
    assert!(text.contains("expected a question, and the call came, but its caller does not wait any more"), "{text}");
    assert!(text.contains("2. at 1s: Told(Err(\"call to a process: no answer before the deadline\"))"), "{text}");
}

#[test]
fn life_and_death_against_expectation_are_told() {
    let (world, runtime) = world();
    let probe: Probe<'_, Seen> = Probe::spawn(&world, &runtime, "probe");
    let teller = runtime.spawn("teller", Teller { to: probe.address(), after: Vec::new() });
    let text = says(|| probe.expect_down(&teller));
    assert!(text.starts_with("process `teller` (2, life 1): expected its end, but it lives\n  seed 7"), "{text}");
    let mut watch = probe.watch(&teller);
    teller.kill();
    let text = says(|| watch.expect_alive());
    assert!(text.starts_with("process `teller` (2, life 1): expected it to live, but it ended: killed"), "{text}");
}

#[test]
fn long_lists_are_cut_and_panics_are_shown() {
    let (world, runtime) = world();
    let mut probe = Probe::spawn(&world, &runtime, "probe");
    for number in 0..50 {
        probe.address().try_cast(Seen::Number(number)).unwrap();
    }
    world.spawner().spawn("helper", async { panic!("planned") });
    for _ in 0..50 {
        probe.expect();
    }
    let text = says(|| probe.expect());
    assert!(text.contains("(30 before these)") && !text.contains("30. at") && text.contains("31. at"), "{text}");
    assert!(text.contains("task `helper` panicked: planned"), "{text}");
    // The message that a failure speaks of is shown even if it is an old one.
    for number in 50..90 {
        probe.address().try_cast(Seen::Number(number)).unwrap();
    }
    let text = says(|| probe.expect_eq(&Seen::Number(51)));
    assert!(text.contains("(50 before these)") && text.contains("> 51. at"), "{text}");
}

#[test]
fn a_large_message_is_shown_in_part() {
    let (world, runtime) = world();
    let mut probe = Probe::spawn(&world, &runtime, "probe");
    // Characters of two bytes, one of which straddles the limit.
    probe.address().try_cast("ä".repeat(1 << 20)).unwrap();
    let text = says(|| probe.expect_none());
    assert!(text.contains("1. at 0ns: \"ääää") && text.contains("ä… (not expected yet)"), "{text}");
    assert!(text.len() < 1_000, "{} bytes", text.len());
}

#[test]
fn the_ledger_tells_which_count_differs() {
    let (world, runtime) = world();
    let probe = Probe::spawn(&world, &runtime, "probe");
    let mark = LedgerProbe::mark(&runtime);
    for number in 0..3 {
        probe.address().try_cast(Seen::Number(number)).unwrap();
    }
    mark.delta().sent(3).queued(3).handled(0);
    world.run_until_idle();
    probe.end(foundation_core::Exit::Killed);
    world.run_until_idle();
    probe.address().try_cast(Seen::Number(4)).unwrap_err();
    mark.delta().sent(4).handled(3).rejected(1).undelivered(0).queued(0);
    let text = says(|| mark.delta().sent(4).undelivered(1));
    assert!(text.starts_with("since the mark: expected 1 undelivered, but it is 0\n"), "{text}");
    assert!(text.lines().count() == 7 && text.contains("rejected             0         1        +1"), "{text}");
}
