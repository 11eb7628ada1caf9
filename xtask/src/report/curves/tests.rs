use super::ticks;
use crate::report::scale::Scale;

#[test]
fn rungs_have_ticks_unless_they_are_too_close() {
    let labels = |rungs: &[u32]| {
        let scale = Scale::log(f64::from(rungs[0]), f64::from(rungs[rungs.len() - 1]));
        ticks(scale, rungs).into_iter().map(|tick| tick.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(&[1, 3, 9, 27]), ["1", "3", "9", "27"]);
    let every: Vec<u32> = (1..=50).collect();
    let kept = labels(&every);
    assert!(kept.len() > 5 && kept.len() < 16, "{kept:?}");
    assert_eq!((kept[0].as_str(), kept[kept.len() - 1].as_str()), ("1", "50"));
}
