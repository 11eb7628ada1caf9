use foundation_core::Code;
use proptest::prelude::*;

use super::{Critic, normal};

#[test]
fn the_normal_distribution_has_its_known_values() {
    for (z, expected) in [(0.0, 0.5), (1.0, 0.841_344_746), (1.959_963_985, 0.975), (3.0, 0.998_650_102), (40.0, 1.0)] {
        assert!((normal(z) - expected).abs() < 2e-7, "{z}: {}", normal(z));
    }
}

#[test]
fn a_better_mean_is_accepted_and_a_tie_leaves_what_stands() {
    let critic = Critic::new("folds");
    let vote = |candidate: &[f64], incumbent: &[f64]| critic.vote(candidate, Some(incumbent)).unwrap();
    let better = vote(&[0.97, 0.96, 0.98], &[0.95, 0.95, 0.96]);
    assert!(better.accept && better.voter == "folds");
    assert_eq!(better.reason, "0.9700 against 0.9533 on 3 pairs");
    assert!(!vote(&[0.95, 0.95, 0.96], &[0.97, 0.96, 0.98]).accept);
    let tie = vote(&[0.9, 0.8], &[0.8, 0.9]);
    assert!(!tie.accept);
    assert_eq!(tie.confidence.per_mille(), 500);
    // Ten right where the other is wrong, five wrong where it is right, 300 alike: z = 5 / sqrt(15).
    let rows =
        |right: &[usize]| right.iter().flat_map(|n| [vec![1.0; *n], vec![0.0; 15 - n]].concat()).collect::<Vec<_>>();
    let (mut ours, mut theirs) = (rows(&[10]), rows(&[5]));
    theirs.rotate_left(5);
    ours.extend(vec![1.0; 300]);
    theirs.extend(vec![1.0; 300]);
    assert_eq!(vote(&ours, &theirs).confidence.per_mille(), 902);
}

#[test]
fn a_margin_has_to_be_beaten() {
    let critic = Critic::new("strict").with_margin(0.02).unwrap();
    assert!(!critic.vote(&[0.51, 0.52], Some(&[0.5, 0.5])).unwrap().accept);
    assert!(critic.vote(&[0.53, 0.54], Some(&[0.5, 0.5])).unwrap().accept);
    for margin in [-0.1, f64::NAN, f64::INFINITY] {
        let error = Critic::new("x").with_margin(margin).unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfiguration);
    }
}

#[test]
fn nonsense_is_a_vote_and_no_accident() {
    let critic = Critic::new("c");
    let nan = critic.vote(&[0.9, f64::NAN], Some(&[0.1, 0.1])).unwrap();
    assert!(!nan.accept && nan.confidence.per_mille() == 1_000 && nan.reason.contains("NaN"), "{nan:?}");
    assert!(critic.vote(&[0.9], Some(&[f64::NEG_INFINITY])).unwrap().accept);
    let first = critic.vote(&[0.4], None).unwrap();
    assert!(first.accept && first.confidence.per_mille() == 0, "{first:?}");
    assert!(!critic.vote(&[f64::NAN], None).unwrap().accept);
    for (candidate, incumbent) in [(vec![], None), (vec![], Some(vec![])), (vec![0.5], Some(vec![0.5, 0.5]))] {
        let error = critic.vote(&candidate, incumbent.as_deref()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidInput);
    }
}

proptest! {
    /// Who votes one way on two configurations votes the other way with the same confidence when they change places.
    #[test]
    fn a_vote_turns_with_its_sides(pairs in proptest::collection::vec((-1e6_f64..1e6, -1e6_f64..1e6), 1..40)) {
        let (ours, theirs): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let critic = Critic::new("c");
        let one = critic.vote(&ours, Some(&theirs)).unwrap();
        let other = critic.vote(&theirs, Some(&ours)).unwrap();
        prop_assert_eq!(one.confidence, other.confidence);
        prop_assert!(one.confidence.per_mille() >= 500);
        prop_assert!(one.accept != other.accept || (!one.accept && one.confidence.per_mille() == 500));
    }
}
