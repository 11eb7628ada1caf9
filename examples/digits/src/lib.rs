//! The main job: a perceptron that learns handwritten digits, for a study to tune.
//!
//! The data are the 1,797 digits of 8 by 8 grey pixels that `smartcore` carries. Each class is dealt out by fives: of
//! five digits of a class, three are trained on (1,085 in all), one decides which parameters are best (357), and one is
//! kept for the end (355). The network has one hidden layer and is trained by gradient descent in small batches;
//! [`search_space`] says what can be tuned about it.
//!
//! [`DigitsCritic`] judges what a study has found by other splits of the same digits; it sees no test digit either.
//!
//! [`DigitsTrainer`] is the [`Trainer`](mabeam::Trainer) to give to a study. It sees no test digit: these are behind
//! [`test_accuracy`], to be asked once, of the network that the study has chosen.
//!
//! ```
//! use digits::{DigitsTrainer, default_params};
//! use mabeam::{Trainer, TrialContext};
//!
//! let trainer = DigitsTrainer::new();
//! let trial = TrialContext { seed: 1, trial: 0, from_epoch: 0, to_epoch: 3 };
//! let params = default_params().with("lr", 0.05);
//! let reached = trainer.advance(&trial, &params, None)?;
//! assert!(reached.value > 0.8, "three epochs are enough for most digits: {}", reached.value);
//! assert!(digits::test_accuracy(&reached.checkpoint)? > 0.8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Reading order: the data and their split, what can be tuned, the network and its arithmetic, the form in which it
//! stands in a checkpoint, the trainer that joins them, and the critic.

mod data;
mod hyperparameters;
mod network;

mod checkpoint;
mod trainer;

mod critic;

pub use critic::DigitsCritic;
pub use hyperparameters::{default_params, search_space};
pub use trainer::{DigitsTrainer, test_accuracy};
