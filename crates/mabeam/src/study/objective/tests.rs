use foundation_core::port::entropy::RandomStream;
use foundation_core::{Code, Error};

use super::{TrialContext, TrialError};

#[test]
fn each_epoch_of_each_trial_has_its_own_stream() {
    let of = |trial, epoch| TrialContext { seed: 5, trial, from_epoch: 0, to_epoch: 1 }.stream(epoch);
    assert_eq!(of(3, 9), RandomStream::new(5, (3 << 32) + 9));
    assert_ne!(of(3, 9), of(3, 10));
    assert_ne!(of(3, 9), of(9, 3));
}

#[test]
fn a_failure_keeps_the_whole_reason() {
    let cause = Error::new(Code::UnknownName, "parameter `rate` is not among lr");
    let failure = TrialError::from(cause);
    assert_eq!(failure.message(), "[1301] parameter `rate` is not among lr (check the spelling)");
    assert_eq!(TrialError::from("no data").to_string(), "no data");
    assert_eq!(TrialError::from("no data".to_owned()), TrialError::new("no data"));
}
