use maud::Render;
use proptest::prelude::*;

use super::{Axis, Chart, Px, path, thinned};
use crate::report::scale::Scale;

#[test]
fn coordinates_have_one_decimal_and_no_sign_without_need() {
    for (coordinate, expected) in [(1.0, "1"), (1.26, "1.3"), (-0.01, "0"), (-3.04, "-3")] {
        assert_eq!(Px(coordinate).render().0, expected);
    }
    assert_eq!(path([(1.0, 2.0), (3.25, 4.0)]), "M1 2L3.3 4");
    assert_eq!(path([]), "");
}

#[test]
fn the_ends_of_the_axes_are_the_corners_of_the_picture() {
    let axis = |label| Axis::new(Scale::linear(0.0, 10.0), 5, label);
    let chart = Chart::new(400.0, 200.0, axis("x"), axis("y"));
    assert!(chart.x(0.0) > 0.0 && chart.x(0.0) < 80.0);
    assert_eq!(chart.x(10.0), chart.right());
    assert!(chart.right() < 400.0);
    assert!(chart.y(10.0) < chart.y(0.0), "larger values lie higher");
    assert_eq!(chart.y(11.0), chart.y(10.0), "what lies beyond is drawn on the edge");
}

proptest! {
    #[test]
    fn what_is_thinned_keeps_its_ends_and_order(all in 0_usize..300, most in 2_usize..50) {
        let kept = thinned((0..all).collect(), most);
        prop_assert_eq!(kept.len(), all.min(most));
        prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
        if all > 0 {
            prop_assert_eq!((kept[0], kept[kept.len() - 1]), (0, all - 1));
        }
        // Evenly: no gap is twice as wide as another and more.
        let gaps: Vec<usize> = kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
        if let (Some(least), Some(most)) = (gaps.iter().min(), gaps.iter().max()) {
            prop_assert!(most - least <= 1, "{:?}", gaps);
        }
    }
}
