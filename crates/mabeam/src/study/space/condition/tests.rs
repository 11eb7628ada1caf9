use foundation_core::Code;

use crate::study::space::{Params, SearchSpace, SearchSpaceBuilder};

fn optimizers() -> SearchSpaceBuilder {
    SearchSpace::builder()
        .float("beta", 0.0, 1.0)
        .when("beta", "nesterov", [true])
        .choice("optimizer", ["sgd", "adam", "lion"])
        .bool("nesterov")
        .when("nesterov", "optimizer", ["sgd", "lion"])
}

#[test]
fn a_parameter_is_there_with_its_parent() {
    let space = optimizers().build().unwrap();
    let at = |units: [f64; 3]| space.params_at(&units).to_string();
    assert_eq!(at([0.2, 0.0, 1.0]), "beta=0.2 nesterov=true optimizer=sgd");
    assert_eq!(at([0.2, 0.0, 0.0]), "nesterov=false optimizer=sgd");
    // Without its parent, although the parent's coordinate stands on the value that would call it.
    assert_eq!(at([0.2, 0.5, 1.0]), "optimizer=adam");
    assert_eq!(space.units_of(&space.params_at(&[0.2, 0.5, 1.0])).unwrap(), [0.5, 0.5, 0.5]);
}

#[test]
fn what_is_there_without_its_parent_is_refused_by_name() {
    let space = optimizers().build().unwrap();
    for (params, what) in [
        (
            Params::new().with("optimizer", "adam").with("nesterov", true),
            "parameter `nesterov` is given and is there only when optimizer is sgd or lion",
        ),
        (
            Params::new().with("optimizer", "adam").with("beta", 0.5),
            "parameter `beta` is given and is there only when nesterov is true",
        ),
        (Params::new().with("optimizer", "lion"), "parameter `nesterov` is missing; it is true or false"),
        (
            Params::new().with("optimizer", "sgd").with("nesterov", true),
            "parameter `beta` is missing; it is a number from 0 to 1",
        ),
    ] {
        let error = space.check(&params).unwrap_err();
        assert_eq!((error.code(), error.what()), (Code::InvalidStudy, what));
    }
}

#[test]
fn a_condition_that_cannot_be_is_refused() {
    let base =
        || SearchSpace::builder().bool("a").int("n", 1, 3).float("x", 0.0, 1.0).stepped_float("y", 0.0, 1.0, 0.5);
    let refusals = [
        (base().when("a", "b", [1]), Code::UnknownName, "its condition is on `b`, which is not among a, n, x, y"),
        (base().when("b", "a", [true]), Code::UnknownName, "the condition that a is true is for `b`"),
        (base().when("a", "a", [true]), Code::InvalidStudy, "its condition is on itself"),
        (
            base().when("a", "n", [4]),
            Code::InvalidStudy,
            "its condition is `n` = 4, which must be an integer from 1 to 3",
        ),
        (base().when("a", "n", Vec::<i64>::new()), Code::InvalidStudy, "its condition on `n` has no value"),
        (base().when("a", "x", [0.5]), Code::InvalidStudy, "which has a continuous range and no step"),
        (
            base().when("a", "y", [0.3]),
            Code::InvalidStudy,
            "`y` = 0.3, which must be a number from 0 to 1 in steps of 0.5",
        ),
        (
            base().when("a", "n", [1]).when("n", "y", [1.0]).when("y", "a", [true]),
            Code::InvalidStudy,
            "of a, n, y go round",
        ),
        (
            base().when("a", "n", [1]).when("a", "y", [0.5]),
            Code::InvalidStudy,
            "parameter `a` of the search space: it has two",
        ),
    ];
    for (builder, code, what) in refusals {
        let error = builder.build().unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.what().contains(what), "{} and not {what}", error.what());
    }
}

/// A whole number for a float with steps is what TOML and JavaScript write.
#[test]
fn values_of_a_condition_are_put_right() {
    let space = SearchSpace::builder().stepped_float("y", 0.0, 1.0, 0.1).bool("a").when("a", "y", [0.1 + 0.2]).build();
    let space = space.unwrap();
    assert_eq!(space.params_at(&[0.3, 0.0]).to_string(), "a=false y=0.3");
    let written = serde_json::to_string(&space).unwrap();
    assert!(written.contains(r#""when":{"parameter":"y","any_of":[0.3]}"#), "{written}");
}
