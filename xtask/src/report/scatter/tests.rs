use mabeam::{Domain, Parameter};

use super::ticks;

#[test]
fn labels_do_not_touch() {
    let options = (0..20).map(|n| format!("optimizer number {n}")).collect();
    let many = Parameter::new("many", Domain::Choice { options }).unwrap();
    assert!((2..=4).contains(&ticks(&many).len()), "{:?}", ticks(&many));
    let few = Parameter::new("few", Domain::Choice { options: vec!["relu".into(), "tanh".into()] }).unwrap();
    assert_eq!(ticks(&few).len(), 2);
}
