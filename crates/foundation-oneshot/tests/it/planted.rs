//! The models notice what they are for: each ordering and each step that the slot claims to need is taken away in turn,
//! and the model that it is there for fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use foundation_oneshot::planted::{Bug, here};

use super::model;

/// Runs a model with a bug in, and expects it to say `why` it fails.
#[track_caller]
fn assert_caught(bug: Bug, run: fn(), why: &str) {
    let Err(said) = catch_unwind(AssertUnwindSafe(|| here(bug, || loom::model(run)))) else {
        panic!("{bug:?} is not caught");
    };
    let text = said.downcast_ref::<String>().map(String::as_str).or(said.downcast_ref::<&str>().copied());
    assert!(text.is_some_and(|text| text.contains(why)), "{bug:?}: {text:?}");
}

#[test]
fn an_ordering_that_is_too_weak_is_noticed() {
    for (bug, run) in [
        (Bug::WakerPublishedRelaxed, model::send_meets_poll as fn()),
        (Bug::WakerTakenRelaxed, model::send_meets_poll),
        (Bug::EndPublishedRelaxed, model::send_meets_poll),
        (Bug::EndAfterWaitPublishedRelaxed, model::send_meets_poll),
        (Bug::EndSeenRelaxed, model::send_meets_poll),
        (Bug::LeftRelaxed, model::send_meets_the_end_of_the_receiver),
        (Bug::LeftSeenRelaxed, model::send_meets_the_end_of_the_receiver),
    ] {
        assert_caught(bug, run, "Causality violation");
    }
}

#[test]
fn a_step_that_is_left_out_is_noticed() {
    assert_caught(Bug::WakerNotClaimed, model::send_meets_another_waker, "Causality violation");
    assert_caught(Bug::WakerTakenAfterEnd, model::send_meets_poll, "Causality violation");
    assert_caught(Bug::WakerChangedInPlace, model::send_meets_another_waker, "Causality violation");
    assert_caught(Bug::SleepsWithoutLooking, model::send_meets_poll, "deadlock");
    assert_caught(Bug::BlockForgotten, model::send_meets_the_end_of_the_receiver, "Allocation leaked");
    assert_caught(Bug::DeadIsSilent, model::the_end_of_the_sender_meets_poll, "deadlock");
}
