//! What a probe finds.

use std::time::Duration;

use foundation_core::port::clock::{Clock as _, Monotonic};
use foundation_core::{Backoff, ChildSpec, Exit, Supervisor};
use foundation_testkit::{Probe, each_seed, expect_matches};

use super::{Asked, Caller, SECOND, Seen, Teller};

#[test]
fn messages_are_expected_in_order_and_time_goes_no_further_than_it_must() {
    each_seed(8, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        runtime.spawn("teller", Teller { to: probe.address(), after: vec![SECOND, 3 * SECOND, 3 * SECOND] });

        assert_eq!(probe.expect(), Seen::Number(1));
        assert_eq!(world.clock().now(), Monotonic(0) + SECOND);
        probe.expect_none();
        assert_eq!(world.clock().now(), Monotonic(0) + SECOND, "that nothing comes takes no time");
        probe.expect_none_for(SECOND);
        assert_eq!(world.clock().now(), Monotonic(0) + 2 * SECOND);
        // At the last moment of its span.
        probe.expect_within(SECOND, "the second", |seen| *seen == Seen::Number(2));
        probe.expect_eq(&Seen::Number(3));
        assert_eq!(world.clock().now(), Monotonic(0) + 3 * SECOND);
        probe.expect_none_for(3_600 * SECOND);
    });
}

#[test]
fn what_is_there_already_is_found_without_a_step_of_the_world() {
    each_seed(1, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        let address = probe.address();
        address.try_cast(Seen::Number(1)).unwrap();
        address.try_cast(Seen::Word("two")).unwrap();
        world.run_until_idle();
        address.try_cast(Seen::Number(3)).unwrap();
        let before = world.fingerprint();
        assert_eq!(probe.waiting(), 2);
        probe.expect_eq(&Seen::Number(1));
        probe.expect_eq(&Seen::Word("two"));
        assert_eq!(world.fingerprint(), before);
        probe.expect_eq(&Seen::Number(3));
        assert_ne!(world.fingerprint(), before);
    });
}

#[test]
fn a_pattern_answers_the_message_or_what_it_binds() {
    each_seed(1, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        for seen in [Seen::Number(1), Seen::Number(20), Seen::Word("three"), Seen::Number(4)] {
            probe.address().try_cast(seen).unwrap();
        }
        assert_eq!(expect_matches!(probe, Seen::Number(_)), Seen::Number(1));
        assert_eq!(expect_matches!(probe, Seen::Number(number) if number > 10 => number), 20);
        let word = expect_matches!(probe, Seen::Word(word) => word.to_owned());
        assert_eq!(word, "three");
        assert_eq!(expect_matches!(probe, any => any), Seen::Number(4));
        probe.expect_none();
    });
}

#[test]
fn a_selective_expectation_leaves_what_came_before_for_later() {
    each_seed(4, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        runtime.spawn("teller", Teller { to: probe.address(), after: vec![SECOND, 2 * SECOND, 3 * SECOND] });
        assert_eq!(probe.expect_selective("two", |seen| *seen == Seen::Number(2)), Seen::Number(2));
        assert_eq!(probe.expect(), Seen::Number(1));
        assert_eq!(probe.expect(), Seen::Number(3));
    });
}

#[test]
fn a_call_is_expected_and_answered() {
    each_seed(8, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        runtime.spawn("caller", Caller { to: probe.address(), within: SECOND });
        let reply_of = |asked| match asked {
            Asked::Double(4, reply) => Ok(reply),
            other => Err(other),
        };
        probe.expect_call("a question", reply_of, 8);
        assert_eq!(expect_matches!(probe, Asked::Told(Ok(number)) => number), 8);
    });
}

#[test]
fn a_call_is_answered_while_the_test_waits_for_something_else() {
    each_seed(8, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        probe.answer_with(|asked| match asked {
            Asked::Double(number, reply) => {
                reply.send(2 * number);
                None
            }
            other => Some(other),
        });
        runtime.spawn("caller", Caller { to: probe.address(), within: SECOND });
        let address = probe.address();
        let asked = address.call(|reply| Asked::Double(7, reply), SECOND);
        assert_eq!(world.block_on(asked).unwrap(), 14);
        assert_eq!(expect_matches!(probe, Asked::Told(Ok(number)) => number), 8);
        probe.expect_none_for(SECOND);
    });
}

#[test]
fn when_a_probe_ends_calls_to_it_end() {
    each_seed(8, |world, runtime| {
        for (exit, told) in [(Exit::Killed, "killed"), (Exit::Shutdown, "stopped")] {
            let observer = Probe::spawn(world, runtime, "observer");
            let probe = Probe::spawn(world, runtime, "probe");
            let address = probe.address();
            let call = async move { address.call(|reply| Asked::Double(1, reply), 60 * SECOND).await };
            let to = observer.address();
            world.spawner().spawn("caller", async move {
                let told = call.await.map_err(|error| error.to_string());
                to.cast(Asked::Told(told)).await.unwrap();
            });
            world.run_until_idle();
            assert_eq!(probe.waiting(), 1);
            probe.end(exit);
            let mut observer = observer;
            let error = expect_matches!(observer, Asked::Told(Err(error)) => error);
            assert!(error.ends_with(told), "{error}");
            assert_eq!((probe.waiting(), world.clock().now()), (0, Monotonic(0)), "and not by a deadline");
        }
    });
}

#[test]
fn ends_are_waited_for_with_their_reason() {
    each_seed(8, |world, runtime| {
        let probe: Probe<'_, ()> = Probe::spawn(world, runtime, "probe");
        let other: Probe<'_, Seen> = Probe::spawn(world, runtime, "other");
        let teller = runtime.spawn("teller", Teller { to: other.address(), after: vec![SECOND] });
        let mut watch = probe.watch(&teller);
        watch.expect_alive();
        other.end(Exit::Shutdown);
        // Its message to what has ended fails it, a second later.
        let exit = probe.expect_down(&teller);
        assert!(matches!(exit, Exit::Failed(_)), "{exit:?}");
        assert!(matches!(watch.expect_down(), Exit::Failed(_)), "a watch can be asked again");
        assert!(matches!(probe.expect_down(&teller), Exit::Failed(_)), "and of the dead the reason is known");
        assert_eq!(world.clock().now(), Monotonic(0) + SECOND);
    });
}

#[test]
fn a_watch_is_of_one_life() {
    each_seed(8, |world, runtime| {
        let probe: Probe<'_, Seen> = Probe::spawn(world, runtime, "probe");
        let to = probe.address();
        let spec = ChildSpec::new("teller", move || Teller { to: to.clone(), after: Vec::new() });
        let spec = spec.backoff(Backoff::default());
        let teller = spec.address();
        let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        let mut first = probe.watch(&teller);
        teller.kill();
        world.advance(10 * SECOND);
        let mut second = probe.watch(&teller);
        assert_eq!((first.process().incarnation, second.process().incarnation), (1, 2));
        assert!(matches!(first.expect_down(), Exit::Killed), "although the next life goes on");
        second.expect_alive();
        world.block_on(tree.shutdown());
        assert!(matches!(second.expect_down(), Exit::Shutdown));
    });
}

#[test]
fn a_probe_takes_whatever_is_sent_at_once() {
    each_seed(1, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        for number in 0..5_000 {
            probe.address().try_cast(Seen::Number(number)).unwrap();
        }
        for number in 0..5_000 {
            probe.expect_eq(&Seen::Number(number));
        }
        probe.expect_none_for(Duration::ZERO);
    });
}
