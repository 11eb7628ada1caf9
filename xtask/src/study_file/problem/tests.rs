use std::path::Path;

use super::{Problems, nearest};

#[test]
fn a_slip_of_the_pen_is_recognised() {
    let known = ["int", "maximize", "minimize", "lr", "second_price"];
    for (written, wanted) in [
        ("maximise", Some("maximize")),
        ("lrr", Some("lr")),
        ("rl", Some("lr")),
        ("second-price", Some("second_price")),
        ("Minimize", Some("minimize")),
        ("integer", Some("int")),
        ("vickrey", None),
        ("", None),
    ] {
        assert_eq!(nearest(written, &known), wanted, "{written}");
    }
}

#[test]
fn a_problem_shows_its_line_its_mark_and_its_advice() {
    let text = "name = \"ä\"\nseeds = 3\n";
    let mut problems = Problems::default();
    problems.error(12..17, "unknown key `seeds`").advise_among("seeds", ["seed", "slots"]);
    let found = problems.in_order(text);
    assert_eq!(found[0].line_and_column(text), (2, 1));
    let shown = found[0].shown(Path::new("study.toml"), text, false);
    assert_eq!(
        shown,
        "error: unknown key `seeds`
 --> study.toml:2:1
  |
2 | seeds = 3
  | ^^^^^
  |
  = help: did you mean `seed`?"
    );
}

/// A place in the midst of a character, or beyond the end, is moved and does not panic.
#[test]
fn any_place_can_be_shown() {
    let text = "ä = 1";
    for at in [1..1, 0..1, 3..99, 99..100] {
        let mut problems = Problems::default();
        problems.error(at.clone(), "here");
        let found = problems.in_order(text);
        assert!(found[0].shown(Path::new("f"), text, false).contains("ä = 1"), "{at:?}");
    }
}

#[test]
fn a_broken_line_hides_its_consequences_and_nothing_else() {
    let text = "a = \nb = 2\nc = 3\n";
    let mut problems = Problems::default();
    problems.error(9..10, "b is wrong");
    problems.error(0..0, "d is missing").missing();
    problems.error(0..1, "a is of no kind");
    problems.error(4..4, "no value").syntax();
    problems.warning(11..12, "c is odd");
    let what: Vec<String> = problems.in_order(text).into_iter().map(|problem| problem.what).collect();
    assert_eq!(what, ["no value", "b is wrong", "c is odd"]);
}
