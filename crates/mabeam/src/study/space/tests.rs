use foundation_core::Code;
use proptest::prelude::*;

use super::{Domain, ParamValue, Parameter, Params, SearchSpace};

fn space() -> SearchSpace {
    SearchSpace::builder()
        .log_int("hidden", 16, 256)
        .log_float("lr", 1e-4, 1e-1)
        .float("momentum", 0.0, 0.99)
        .choice("act", ["relu", "tanh"])
        .bool("bias")
        .int("layers", 1, 3)
        .build()
        .unwrap()
}

fn point() -> Params {
    Params::new()
        .with("hidden", 64)
        .with("lr", 0.01)
        .with("momentum", 0.5)
        .with("act", "tanh")
        .with("bias", true)
        .with("layers", 2)
}

#[test]
fn a_space_that_cannot_be_is_refused_by_name() {
    let refusals = [
        (SearchSpace::builder(), "the search space has no parameter"),
        (
            SearchSpace::builder().bool("a").bool("b").bool("a"),
            "parameter `a` of the search space: the name stands there twice",
        ),
        (SearchSpace::builder().bool(""), "a parameter of the search space has an empty name"),
        (SearchSpace::builder().int("n", 3, 3), "parameter `n` of the search space: low 3 is not below high 3"),
    ];
    for (builder, what) in refusals {
        let error = builder.build().unwrap_err();
        assert_eq!((error.code(), error.what()), (Code::InvalidStudy, what));
    }
}

#[test]
fn a_point_of_the_space_passes() {
    space().check(&point()).unwrap();
}

#[test]
fn what_is_not_of_the_space_is_said_by_name() {
    let cases = [
        (point().with("lr", 0.5), Code::InvalidStudy, "parameter `lr` is 0.5 and must be a number from 0.0001 to 0.1"),
        (
            point().with("lr", f64::NAN),
            Code::InvalidStudy,
            "parameter `lr` is NaN and must be a number from 0.0001 to 0.1",
        ),
        (
            point().with("hidden", 8),
            Code::InvalidStudy,
            "parameter `hidden` is 8 and must be an integer from 16 to 256",
        ),
        (
            point().with("hidden", 64.0),
            Code::InvalidStudy,
            "parameter `hidden` is 64.0 and must be an integer from 16 to 256",
        ),
        (point().with("act", "sin"), Code::InvalidStudy, "parameter `act` is sin and must be one of relu, tanh"),
        (point().with("bias", "yes"), Code::InvalidStudy, "parameter `bias` is yes and must be true or false"),
        (
            Params::new().with("lr", 0.01),
            Code::InvalidStudy,
            "parameter `hidden` is missing; it is an integer from 16 to 256",
        ),
        (
            point().with("depth", 1),
            Code::UnknownName,
            "parameter `depth` is not in the search space of hidden, lr, momentum, act, bias, layers",
        ),
    ];
    for (params, code, what) in cases {
        let error = space().check(&params).unwrap_err();
        assert_eq!((error.code(), error.what()), (code, what));
        assert_eq!(space().units_of(&params).unwrap_err().what(), what);
    }
}

#[test]
fn a_whole_number_conforms_to_a_float() {
    let space = SearchSpace::builder().float("x", 0.0, 2.0).int("n", 0, 2).build().unwrap();
    let read: Params = serde_json::from_str(r#"{"x": 1, "n": 1}"#).unwrap();
    assert!(space.check(&read).is_err());
    assert_eq!(space.conform(&read).unwrap(), Params::new().with("x", 1.0).with("n", 1));
    let read: Params = serde_json::from_str(r#"{"x": 1, "n": 1.0}"#).unwrap();
    assert_eq!(space.conform(&read).unwrap_err().what(), "parameter `n` is 1.0 and must be an integer from 0 to 2");
}

#[test]
fn a_space_comes_back_from_its_written_form() {
    let written = serde_json::to_string(&space()).unwrap();
    assert!(
        written.starts_with(
            r#"{"version":2,"parameters":[{"name":"hidden","kind":"int","low":16,"high":256,"log":true},"#
        )
    );
    assert_eq!(serde_json::from_str::<SearchSpace>(&written).unwrap(), space());
}

#[test]
fn a_written_form_that_cannot_be_is_refused() {
    for (written, what) in [
        (r#"{"version":3,"parameters":[{"name":"a","kind":"bool"}]}"#, "version is 3"),
        (
            r#"{"version":2,"parameters":[{"name":"a","kind":"bool"}],"constraints":["b"]}"#,
            "column 1: no parameter has the name",
        ),
        (
            r#"{"version":2,"parameters":[{"name":"a","kind":"bool","when":{"parameter":"a","any_of":[true]}}]}"#,
            "on itself",
        ),
        (r#"{"version":1,"parameters":[]}"#, "no parameter"),
        (r#"{"version":1,"parameters":[{"name":"a","kind":"float","low":1.0,"high":0.0,"log":false}]}"#, "not below"),
        (r#"{"version":1,"parameters":[{"name":"a","kind":"angle"}]}"#, "angle"),
    ] {
        let error = serde_json::from_str::<SearchSpace>(written).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

/// The words of version 1, before there were steps, conditions and constraints.
#[test]
fn a_space_of_version_1_is_read_as_what_it_was() {
    let written = r#"{"version":1,"parameters":[{"name":"n","kind":"int","low":1,"high":9,"log":true},
        {"name":"x","kind":"float","low":0.0,"high":1.0,"log":false},{"name":"on","kind":"bool"}]}"#;
    let space = SearchSpace::builder().log_int("n", 1, 9).float("x", 0.0, 1.0).bool("on").build().unwrap();
    assert_eq!(serde_json::from_str::<SearchSpace>(written).unwrap(), space);
}

#[test]
fn coordinates_stand_in_the_order_given() {
    let space = space();
    let params = space.params_at(&[0.0, 1.0, 0.5, 0.9, 0.1]);
    let wanted = [
        ("hidden", ParamValue::Int(16)),
        ("lr", ParamValue::Float(0.1)),
        ("momentum", ParamValue::Float(0.495)),
        ("act", ParamValue::Choice("tanh".into())),
        ("bias", ParamValue::Bool(false)),
        ("layers", ParamValue::Int(1)),
    ];
    assert_eq!(params, wanted.into_iter().collect());
}

fn any_domain() -> impl Strategy<Value = Domain> {
    let step = || prop::option::of(1_i64..1_000);
    let part = || prop::option::of(1e-4..=1.0_f64);
    prop_oneof![
        (-1_000_i64..1_000, 1_i64..1_000, step()).prop_map(|(low, more, step)| Domain::Int {
            low,
            high: low + more,
            log: false,
            step: step.map(|step| step.min(more)),
        }),
        (1_i64..1_000, 1_i64..1_000_000, step()).prop_map(|(low, more, step)| Domain::Int {
            low,
            high: low + more,
            log: true,
            step: step.map(|step| step.min(more)),
        }),
        (-1e3..1e3, 1e-3..1e6, part()).prop_map(|(low, more, part)| Domain::Float {
            low,
            high: low + more,
            log: false,
            step: part.map(|part| part * more),
        }),
        (1e-9..1e3, 1e-3..1e6, part()).prop_map(|(low, more, part)| Domain::Float {
            low,
            high: low + more,
            log: true,
            step: part.map(|part| part * more),
        }),
        (2_usize..6).prop_map(|n| Domain::Choice { options: (0..n).map(|at| format!("option {at}")).collect() }),
        Just(Domain::Bool),
    ]
}

/// A space of these domains, in which some parameters hang on a value of an earlier or a later one.
fn any_space() -> impl Strategy<Value = SearchSpace> {
    let parameter = (any_domain(), prop::option::of((any::<prop::sample::Index>(), 0.0..=1.0_f64, 0.0..=1.0_f64)));
    (prop::collection::vec(parameter, 1..7), any::<bool>()).prop_map(|(described, reversed)| {
        let mut builder = SearchSpace::builder();
        for (at, (domain, condition)) in described.iter().enumerate() {
            builder = builder.parameter(format!("p{at}"), domain.clone());
            let Some((parent, one, two)) = condition else { continue };
            // Along one direction, so that there is no circle.
            let before: Vec<usize> = if reversed { (at + 1..described.len()).collect() } else { (0..at).collect() };
            if before.is_empty() {
                continue;
            }
            let parent = before[parent.index(before.len())];
            let parameter = Parameter::new("parent", described[parent].0.clone()).unwrap();
            if !parameter.domain().is_continuous() {
                let values = [parameter.value_at(*one), parameter.value_at(*two)];
                builder = builder.when(format!("p{at}"), format!("p{parent}"), values);
            }
        }
        builder.build().unwrap()
    })
}

proptest! {
    #[test]
    fn every_place_is_a_point_and_every_point_comes_back(
        space in any_space(),
        units in prop::collection::vec(0.0..=1.0_f64, 6),
    ) {
        let params = space.params_at(&units);
        space.check(&params).unwrap();
        prop_assert_eq!(&space.conform(&params).unwrap(), &params);
        let written = serde_json::to_string(&params).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Params>(&written).unwrap(), &params);
        let places = space.units_of(&params).unwrap();
        let again = space.params_at(&places);
        prop_assert_eq!(params.len(), again.len());
        for (parameter, place) in space.parameters().iter().zip(&places) {
            let Some(one) = params.get(parameter.name()) else {
                prop_assert!(parameter.condition().is_some() && *place == 0.5);
                continue;
            };
            match (one, again.get(parameter.name()).unwrap()) {
                (ParamValue::Float(one), ParamValue::Float(two)) if parameter.domain().is_continuous() => {
                    prop_assert!((one - two).abs() <= 1e-9 * one.abs().max(1.0), "{} {}", one, two);
                }
                (one, two) => prop_assert_eq!(one, two, "at {}", place),
            }
        }
        let written = serde_json::to_string(&space).unwrap();
        prop_assert_eq!(serde_json::from_str::<SearchSpace>(&written).unwrap(), space);
    }

    /// Coordinates that mean nothing are set apart, and nothing else is.
    #[test]
    fn imputed_places_are_the_same_point(space in any_space(), units in prop::collection::vec(0.0..=1.0_f64, 6)) {
        let mut units = units[..space.parameters().len()].to_vec();
        let params = space.params_at(&units);
        space.impute(&mut units);
        prop_assert_eq!(space.params_at(&units), params.clone());
        for (parameter, unit) in space.parameters().iter().zip(&units) {
            prop_assert!(params.get(parameter.name()).is_some() || *unit == 0.5);
        }
    }

    /// The same point with one parameter more or less is none.
    #[test]
    fn a_parameter_too_many_or_too_few_is_refused(space in any_space(), units in prop::collection::vec(0.0..=1.0_f64, 6)) {
        let params = space.params_at(&units);
        for parameter in space.parameters() {
            let name = parameter.name();
            let changed = if params.get(name).is_some() {
                params.iter().filter(|(other, _)| *other != name).map(|(name, value)| (name, value.clone())).collect()
            } else {
                params.clone().with(name, parameter.value_at(0.3))
            };
            prop_assert!(space.check(&changed).is_err(), "{} of {:?}", changed, space);
            prop_assert!(space.units_of(&changed).is_err());
        }
    }
}
