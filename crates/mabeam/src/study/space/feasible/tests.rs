use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;

use super::Attempts;
use crate::study::space::{Params, SearchSpace, SearchSpaceBuilder};

fn pair() -> SearchSpaceBuilder {
    SearchSpace::builder().int("low", 0, 9).int("high", 0, 9)
}

#[test]
fn without_constraints_the_first_proposal_is_taken() {
    let space = pair().build().unwrap();
    let mut random = RandomStream::new(1, 0);
    let wanted = space.draw(&mut RandomStream::new(1, 0));
    let found = space.feasible(Attempts::default(), &mut random, |random| space.draw(random)).unwrap();
    assert_eq!(found, wanted);
    let mut other = RandomStream::new(1, 0);
    let _proposal = space.draw(&mut other);
    assert_eq!(random.next_u64(), other.next_u64(), "nothing was drawn besides");
}

#[test]
fn proposals_come_first_and_draws_after_them() {
    let space = pair().constraint("low < high").build().unwrap();
    let mut proposed = 0;
    let stubborn = |_: &mut RandomStream| {
        proposed += 1;
        Params::new().with("low", 9).with("high", 0)
    };
    let attempts = Attempts { proposals: 5, draws: 100 };
    let found = space.feasible(attempts, &mut RandomStream::new(3, 0), stubborn).unwrap();
    assert_eq!(proposed, 2, "who says the same twice is not asked again");
    assert!(space.satisfies(&found) && space.check(&found).is_ok(), "{found}");
    let mut proposed = 0;
    let restless = |_: &mut RandomStream| {
        proposed += 1;
        Params::new().with("low", 9).with("high", proposed % 9)
    };
    space.feasible(attempts, &mut RandomStream::new(3, 0), restless).unwrap();
    assert_eq!(proposed, 5);
    let second = |_: &mut RandomStream| Params::new().with("low", 0).with("high", 1);
    assert_eq!(space.feasible(attempts, &mut RandomStream::new(3, 0), second).unwrap().to_string(), "high=1 low=0");
}

#[test]
fn what_cannot_be_found_says_how_far_each_constraint_was_kept() {
    let space = pair().constraint("low < high").constraint("low + high > 100").build().unwrap();
    let attempts = Attempts { proposals: 0, draws: 1_000 };
    let error = space.feasible(attempts, &mut RandomStream::new(1, 0), |_| Params::new()).unwrap_err();
    assert_eq!(error.code(), Code::InvalidStudy);
    // 45 of the 100 pairs rise, so 1,000 draws are within four standard deviations of 450.
    let share: f64 = error
        .what()
        .strip_prefix("draw a point that keeps the constraints: none of 1000 did; kept were `low < high` by ")
        .and_then(|rest| rest.strip_suffix(" %, `low + high > 100` by 0.0 %"))
        .and_then(|share| share.parse().ok())
        .unwrap_or_else(|| panic!("{error}"));
    assert!((38.0..52.0).contains(&share), "{share}");
}

#[test]
fn the_share_is_that_of_the_pairs() {
    let share =
        |builder: SearchSpaceBuilder| builder.build().unwrap().feasible_share(4_000, &mut RandomStream::new(5, 0));
    assert_eq!(share(pair()), 1.0);
    assert_eq!(share(pair().constraint("low > 9")), 0.0);
    let rising = share(pair().constraint("low < high"));
    assert!((rising - 0.45).abs() < 0.04, "{rising}");
}

proptest! {
    #[test]
    fn what_is_found_is_a_point_that_keeps_all(seed: u64, least in 0..5_i64) {
        let space = pair()
            .bool("wide")
            .int("width", 1, 4)
            .when("width", "wide", [true])
            .constraint(format!("high - low >= {least}"))
            .constraint("width + low <= 6")
            .build()
            .unwrap();
        let draw = |random: &mut RandomStream| space.draw(random);
        let found = space.feasible(Attempts::default(), &mut RandomStream::new(seed, 0), draw).unwrap();
        space.check(&found).unwrap();
        prop_assert!(space.satisfies(&found));
        prop_assert_eq!(found, space.feasible(Attempts::default(), &mut RandomStream::new(seed, 0), draw).unwrap());
    }
}
