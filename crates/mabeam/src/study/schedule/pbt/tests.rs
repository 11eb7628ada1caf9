use super::{Pbt, Rung, stream_of_child};
use crate::study::{Params, SearchSpace};

fn rung(values: &[f64]) -> Rung {
    let mut rung = Rung::default();
    for (trial, value) in (0_u64..).zip(values) {
        rung.reach(trial, *value);
    }
    rung
}

#[test]
fn the_bottom_and_the_top_are_a_fifth_each() {
    let pbt = Pbt::default();
    let values: Vec<f64> = (0..10).map(f64::from).collect();
    let all = rung(&values);
    let weak: Vec<u64> = (0..10).filter(|&trial| pbt.is_weak(&all, trial, trial as f64)).collect();
    assert_eq!(weak, [0, 1]);
    assert_eq!(pbt.strong(&all, |_| false, false), [9, 8]);
    assert_eq!(pbt.strong(&all, |trial| trial == 9, false), [8, 7], "the next best stands in for a lost one");
    let few = rung(&values[..4]);
    assert!(!pbt.is_weak(&few, 0, 0.0), "of four nobody is replaced");
    assert!(pbt.strong(&few, |_| false, false).is_empty());
    assert_eq!(pbt.strong(&few, |_| false, true), [3]);
}

#[test]
fn of_equal_members_the_later_one_is_weak() {
    let pbt = Pbt::default();
    let equal = rung(&[0.5; 5]);
    assert_eq!((0..5).filter(|&trial| pbt.is_weak(&equal, trial, 0.5)).collect::<Vec<u64>>(), [4]);
    assert_eq!(pbt.strong(&equal, |_| false, false), [0]);
}

fn space() -> SearchSpace {
    SearchSpace::builder()
        .int("layers", 1, 8)
        .log_float("rate", 1e-4, 1.0)
        .float("momentum", 0.0, 1.0)
        .float("shift", -1.0, 1.0)
        .choice("act", ["relu", "tanh", "gelu"])
        .bool("nesterov")
        .build()
        .unwrap()
}

fn parent() -> Params {
    let words = Params::new().with("act", "tanh").with("nesterov", true);
    words.with("layers", 4_i64).with("rate", 0.01).with("momentum", 0.5).with("shift", 0.0)
}

#[test]
fn without_resampling_numbers_move_by_a_fifth_and_choices_stay() {
    let pbt = Pbt { resample_percent: 0, fixed: vec!["momentum".to_owned()], ..Pbt::default() };
    let (mut up, mut down) = (0, 0);
    for child in 0..100 {
        let params = pbt.explore(&space(), &parent(), &mut stream_of_child(1, child), |_| true);
        space().check(&params).unwrap();
        assert_eq!(params.choice("act").unwrap(), "tanh");
        assert!(params.bool("nesterov").unwrap());
        assert_eq!(params.float("momentum").unwrap().to_bits(), 0.5_f64.to_bits(), "it is fixed");
        assert!([3, 5].contains(&params.int("layers").unwrap()), "{params}");
        let rate = params.float("rate").unwrap() / 0.01;
        assert!((rate - 0.8).abs() < 1e-9 || (rate - 1.2).abs() < 1e-9, "{params}");
        assert!((params.float("shift").unwrap().abs() - 0.1).abs() < 1e-9, "zero moves too: {params}");
        if rate > 1.0 { up += 1 } else { down += 1 }
    }
    assert!(up > 30 && down > 30, "{up} up, {down} down");
}

#[test]
fn nothing_leaves_its_bounds() {
    let pbt = Pbt { resample_percent: 0, ..Pbt::default() };
    for edge in [0.0, 1.0] {
        let edge = space().params_at(&[edge; 6]);
        for child in 0..50 {
            space().check(&pbt.explore(&space(), &edge, &mut stream_of_child(2, child), |_| true)).unwrap();
        }
    }
}

#[test]
fn with_resampling_everything_that_is_not_fixed_can_become_anything() {
    let pbt = Pbt { resample_percent: 100, fixed: vec!["layers".to_owned()], ..Pbt::default() };
    let children: Vec<Params> =
        (0..60).map(|child| pbt.explore(&space(), &parent(), &mut stream_of_child(3, child), |_| true)).collect();
    for act in ["relu", "tanh", "gelu"] {
        assert!(children.iter().any(|params| params.choice("act").unwrap() == act), "{act}");
    }
    assert!(children.iter().any(|params| params.float("rate").unwrap() < 1e-3));
    assert!(children.iter().any(|params| params.float("rate").unwrap() > 1e-1));
    assert!(children.iter().all(|params| params.int("layers").unwrap() == 4));
}

#[test]
fn what_breaks_a_constraint_or_is_not_accepted_is_drawn_again() {
    let narrow = SearchSpace::builder().float("x", 0.0, 1.0).constraint("x <= 0.5").build().unwrap();
    let at = Params::new().with("x", 0.5);
    let pbt = Pbt { resample_percent: 0, ..Pbt::default() };
    for child in 0..30 {
        let x = pbt.explore(&narrow, &at, &mut stream_of_child(4, child), |_| true).float("x").unwrap();
        assert!((x - 0.4).abs() < 1e-9, "{x}");
    }
    let refused = pbt.explore(&narrow, &at, &mut stream_of_child(4, 0), |_| false);
    assert_eq!(refused, at, "where nothing is accepted the child is as its parent");
}

#[test]
fn a_child_is_drawn_from_its_own_numbers() {
    let explore =
        |seed, child| Pbt::default().explore(&space(), &parent(), &mut stream_of_child(seed, child), |_| true);
    assert_eq!(explore(1, 5), explore(1, 5));
    assert_ne!(explore(1, 5), explore(1, 6));
    assert_ne!(explore(1, 5), explore(2, 5));
}
