use mabeam::{Advanced, Params, Trainer, TrialContext, TrialError};

use super::{DigitsTrainer, test_accuracy};
use crate::{default_params, search_space};

fn advance(params: &Params, from: u32, to: u32, checkpoint: Option<&[u8]>) -> Result<Advanced, TrialError> {
    let trial = TrialContext { seed: 7, trial: 3, from_epoch: from, to_epoch: to };
    DigitsTrainer::new().advance(&trial, params, checkpoint)
}

fn good() -> Params {
    default_params().with("hidden", 87).with("lr", 0.08).with("batch", 48).with("l2", 1e-3)
}

#[test]
fn going_on_is_the_same_as_never_having_paused() {
    for act in ["relu", "tanh"] {
        let params = good().with("act", act);
        let straight = advance(&params, 0, 27, None).unwrap();
        let mut paused = advance(&params, 0, 1, None).unwrap();
        for (from, to) in [(1, 3), (3, 9), (9, 27)] {
            paused = advance(&params, from, to, Some(&paused.checkpoint)).unwrap();
        }
        assert_eq!(straight, paused, "{act}");
    }
}

#[test]
fn a_good_configuration_learns_the_digits() {
    for act in ["relu", "tanh"] {
        let reached = advance(&good().with("act", act), 0, 27, None).unwrap();
        assert!(reached.value >= 0.95, "{act}: {}", reached.value);
        let test = test_accuracy(&reached.checkpoint).unwrap();
        assert!(test >= 0.93, "{act}: {test}");
    }
}

#[test]
fn the_seed_and_the_trial_make_the_network() {
    let trainer = DigitsTrainer::new();
    let with = |seed, trial| {
        let trial = TrialContext { seed, trial, from_epoch: 0, to_epoch: 1 };
        trainer.advance(&trial, &good(), None).unwrap().checkpoint
    };
    assert_eq!(with(1, 2), with(1, 2));
    assert_ne!(with(1, 2), with(1, 3));
    assert_ne!(with(1, 2), with(2, 2));
}

#[test]
fn a_network_that_diverges_is_only_a_bad_one() {
    let params = good().with("lr", 1e5).with("momentum", 0.99).with("hidden", 16);
    let reached = advance(&params, 0, 3, None).unwrap();
    assert!(reached.value < 0.3, "{}", reached.value);
    advance(&params, 3, 9, Some(&reached.checkpoint)).unwrap();
}

#[test]
fn the_defaults_are_in_the_space() {
    search_space().unwrap().check(&default_params()).unwrap();
    search_space().unwrap().check(&good()).unwrap();
}

#[test]
fn what_cannot_be_trained_is_said() {
    let checkpoint = advance(&good(), 0, 1, None).unwrap().checkpoint;
    for (params, from, checkpoint, what) in [
        (good().with("hidden", 0), 0, None, "parameter `hidden` of the perceptron is 0 and must be from 1 to 4096"),
        (good().with("act", "sin"), 0, None, "parameter `act` of the perceptron is sin and must be relu or tanh"),
        (
            good().with("momentum", 1.0),
            0,
            None,
            "parameter `momentum` of the perceptron is 1 and must be at least 0 and below 1",
        ),
        (good().with("lr", f64::NAN), 0, None, "parameter `lr` of the perceptron is NaN and must be"),
        (Params::new(), 0, None, "parameter `act` is not among"),
        (good(), 3, None, "trial 3 is to go on from epoch 3 and its checkpoint stands at 0"),
        (good(), 3, Some(&checkpoint[..]), "trial 3 is to go on from epoch 3 and its checkpoint stands at 1"),
        (
            good().with("hidden", 64),
            1,
            Some(&checkpoint[..]),
            "the checkpoint of trial 3 has 87 hidden units with Relu",
        ),
        (good(), 1, Some(&b"rubbish"[..]), "7 bytes are fewer than its header has"),
    ] {
        let failure = advance(&params, from, 9, checkpoint).unwrap_err();
        assert!(failure.message().contains(what), "{failure}");
    }
}
