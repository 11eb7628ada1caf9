use proptest::prelude::*;

use super::Constraint;
use crate::study::space::{Params, SearchSpace};

fn space() -> SearchSpace {
    SearchSpace::builder()
        .int("hidden", 1, 1_024)
        .int("layers", 1, 8)
        .float("low", 0.0, 1.0)
        .float("high", 0.0, 1.0)
        .choice("act", ["relu", "tanh"])
        .bool("bias")
        .bool("learning-rate")
        .build()
        .unwrap()
}

fn point() -> Params {
    Params::new()
        .with("hidden", 256)
        .with("layers", 4)
        .with("low", 0.25)
        .with("high", 0.75)
        .with("act", "relu")
        .with("bias", true)
        .with("learning-rate", false)
}

fn holds(text: &str, params: &Params) -> bool {
    let constraint = Constraint::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    constraint.check(space().parameters()).unwrap_or_else(|error| panic!("{text}: {error}"));
    constraint.holds(params)
}

#[test]
fn constraints_mean_what_they_say() {
    for (text, wanted) in [
        ("hidden * layers <= 1024", true),
        ("hidden * layers < 1_024", false),
        ("low < high", true),
        ("low > high or bias", true),
        ("low > high || !bias", false),
        ("not (low > high) and bias", true),
        ("16 <= hidden <= 256", true),
        ("16 <= hidden <= 255", false),
        ("1 < 3 < 2", false),
        ("act == \"relu\"", true),
        ("act != 'relu'", false),
        ("bias == true and not `learning-rate`", true),
        ("bias", true),
        ("2 + 3 * 4 == 14", true),
        ("(2 + 3) * 4 == 20", true),
        ("10 - 3 - 2 == 5", true),
        ("7 % 4 == 3 and 1 / 4 == 0.25", true),
        ("-low < .5 and - -1 == 1", true),
        ("1e-3 < low and 2.5E+1 == 25", true),
        ("hidden % layers == 0", true),
        // Not a number is not less, not equal and not unequal.
        ("0 / 0 < 1 or 0 / 0 == 0 or 0 / 0 != 0", false),
        ("1 / 0 > 1e300", true),
        ("true or low > high and false", true),
    ] {
        assert_eq!(holds(text, &point()), wanted, "{text}");
    }
}

#[test]
fn what_is_not_there_leaves_only_what_is_decided_without_it() {
    let params = Params::new().with("hidden", 2).with("bias", true);
    for (text, wanted) in [
        ("low < high", true),
        ("hidden > 2 and low < 0.5", false),
        ("hidden > 2 or low < 0.5", true),
        ("not (hidden == 2 or low < 0.5)", false),
        ("3 < hidden < layers", false),
        ("act == 'relu' and bias", true),
    ] {
        assert_eq!(holds(text, &params), wanted, "{text}");
    }
}

#[test]
fn a_fault_has_its_place() {
    for (text, marked, what) in [
        ("", "", "the constraint is empty"),
        ("hidden <", "", "expected a parameter, a number or a word here"),
        ("hidden < <= 3", "<=", "expected a parameter, a number or a word before this"),
        ("(low < high", "(", "this bracket is not closed"),
        ("low < high)", ")", "this bracket closes nothing"),
        ("low high", "high", "expected an operator"),
        ("low = high", "=", "write `==`"),
        ("low & bias", "&", "write `and`"),
        ("low ^ 2 < 1", "^", "powers are not known"),
        ("low ** 2 < 1", "**", "powers are not known"),
        ("low < 1.2.3", "1.2.3", "`1.2.3` is not a number"),
        ("low < 1e999", "1e999", "`1e999` is not a number"),
        ("act == 'relu", "'relu", "has no second one"),
        ("low < ü%", "", "expected a parameter"),
        ("low # 3", "#", "`#` has no meaning here"),
        ("low < hihg", "hihg", "no parameter has the name `hihg`; there are hidden, layers, low"),
        ("hidden", "hidden", "this is a number, and true or false is needed"),
        ("act", "act", "this is a word, and true or false is needed"),
        ("low + bias < 3", "bias", "this is true or false, and a number is needed"),
        ("low < act", "act", "a number is compared with a word"),
        ("act < 'relu'", "act < 'relu'", "only numbers have an order"),
        ("act == 'rleu'", "'rleu'", "`act` is never \"rleu\"; it is one of relu, tanh"),
        ("'relu' == 'tanh'", "'relu' == 'tanh'", "two words are compared"),
        ("act == bias", "act == bias", "a word is compared with true or false"),
        ("low < high and hidden", "hidden", "this is a number, and true or false is needed"),
    ] {
        let error =
            Constraint::parse(text).and_then(|constraint| constraint.check(space().parameters())).expect_err(text);
        assert_eq!(text.get(error.at.clone()), Some(marked), "{text}: {error}");
        assert!(error.to_string().contains(what), "{text}: {error}");
    }
    let error = Constraint::parse("low < hihg").unwrap().check(space().parameters()).unwrap_err();
    assert_eq!(error.unknown.as_deref(), Some("hihg"));
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = format!("{}bias{}", "(".repeat(40), ")".repeat(40));
    assert!(Constraint::parse(&deep).unwrap_err().to_string().contains("more than 32 levels"));
    let signs = format!("{}1 < 2", "-".repeat(40));
    assert!(Constraint::parse(&signs).unwrap_err().to_string().contains("more than 32 levels"));
    let long = format!("low < {}1", "1 + ".repeat(300));
    assert!(Constraint::parse(&long).unwrap_err().to_string().contains("at most 1000"));
    let just_short = format!("low < {}1", "1 + ".repeat(240));
    assert!(holds(&just_short, &point()));
}

proptest! {
    /// Nothing that can be typed makes it panic, and each fault lies on the borders of characters.
    #[test]
    fn any_text_is_read_or_refused(text in "([a-z]{1,3}|[<>=!&|+*/%()'\"`. -]|and|or|not|low|high|[0-9]|ü|−){0,12}") {
        let read = Constraint::parse(&text).and_then(|constraint| {
            constraint.check(space().parameters())?;
            Ok(constraint.holds(&point()))
        });
        if let Err(error) = read {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?} of {}", error, text);
        }
    }

    #[test]
    fn sums_and_products_are_those_of_the_numbers(a in -1e6..1e6_f64, b in -1e6..1e6_f64, c in 1.0..1e6_f64) {
        let params = Params::new().with("low", a).with("high", b).with("hidden", 5);
        let text = format!("low + high * hidden - {c:?} / 3 == {:?}", a + b * 5.0 - c / 3.0);
        prop_assert!(holds(&text, &params), "{}", text);
    }
}
