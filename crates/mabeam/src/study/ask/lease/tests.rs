use foundation_core::Code;
use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_name_comes_back_from_its_text(trial: u64, millis in 1_000_u64..=86_400_000, params: u64, nonce: u64) {
        let lease = LeaseId::new(trial, Duration::from_millis(millis), params, nonce);
        prop_assert_eq!(lease.to_string().parse::<LeaseId>().map_err(|error| error.to_string()), Ok(lease));
    }

    #[test]
    fn no_text_at_all_breaks_the_reader(text in ".{0,60}") {
        if let Ok(lease) = text.parse::<LeaseId>() {
            prop_assert!(lease.length() >= SHORTEST);
        }
    }
}

#[test]
fn what_is_no_name_is_refused_and_a_later_version_says_so() {
    let good = "v1-3-60000-00000000000000ff-000000000000000a";
    assert_eq!(good.parse::<LeaseId>().map(|lease| lease.trial()).ok(), Some(3));
    for bad in [
        "",
        "3",
        "v1",
        "v0-3-60000-00000000000000ff-000000000000000a",
        "v1-3-60000-ff-a",
        "v1--3-60000-00000000000000ff-000000000000000a",
        "v1-3-60000-00000000000000ff-000000000000000a-",
        "v1-3-999-00000000000000ff-000000000000000a",
        "v1-3-86400001-00000000000000ff-000000000000000a",
    ] {
        assert_eq!(bad.parse::<LeaseId>().map_err(|error| error.code()), Err(Code::InvalidInput), "{bad}");
    }
    let newer = good.replace("v1", "v2").parse::<LeaseId>().map_err(|error| error.code());
    assert_eq!(newer, Err(Code::NewerVersion));
}

#[test]
fn other_parameters_have_another_fingerprint() {
    let params = Params::new().with("x", 0.1).with("n", 3);
    assert_eq!(fingerprint(&params), fingerprint(&params.clone()));
    assert_ne!(fingerprint(&params), fingerprint(&params.clone().with("x", 0.1 + f64::EPSILON)));
    assert_ne!(fingerprint(&params), fingerprint(&params.clone().with("n", 3.0)), "3 and 3.0 are two values");
}
