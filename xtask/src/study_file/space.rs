//! The search space of a file: parameters in the order of the file, their conditions, and constraints.

use mabeam::{Condition, Constraint, Domain, ParamValue, Parameter, Params, SearchSpace};

use super::keys::FLOAT;
use super::problem::Problems;
use super::section::{Placed, Section};
use super::value::scalar;

/// How many points are drawn to see whether the constraints leave any.
const DRAWS: u32 = 2_000;
/// The stream of those draws; nothing else uses it.
const DRAW_SEED: u64 = 0x5350_4143;

/// Reads the parameters and what they have to keep; `None` if anything of it is wrong.
pub(super) fn read(root: &Section<'_>, file: &str, problems: &mut Problems) -> (Vec<Parameter>, Option<SearchSpace>) {
    let sections = root.named("space");
    let read = sections.iter().map(|(name, section)| parameter(name, section, problems));
    let parameters: Vec<Option<Parameter>> = read.collect();
    let names: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
    let is_whole = parameters.iter().all(Option::is_some) && !parameters.is_empty();
    let known: Vec<Parameter> = parameters.into_iter().flatten().collect();

    let mut conditions: Vec<(String, Condition)> = Vec::new();
    let mut is_sound = is_whole;
    for (name, section) in sections.iter().filter(|(_, section)| section.has("when")) {
        match condition(name, &section.section("when"), &names, &known, problems) {
            Some(condition) => conditions.push(((*name).to_owned(), condition)),
            None => is_sound = false,
        }
    }
    for text in root.texts("constraints") {
        is_sound &= constraint(&text, &names, &known, is_whole, file, problems);
    }
    if !is_sound {
        return (known, None);
    }
    let builder = known.iter().fold(SearchSpace::builder(), |builder, parameter| {
        builder.parameter(parameter.name(), parameter.domain().clone())
    });
    let builder = conditions.into_iter().fold(builder, |builder, (name, condition)| {
        builder.when(name, condition.parameter(), condition.any_of().iter().cloned())
    });
    let builder = root.texts("constraints").into_iter().fold(builder, |builder, text| builder.constraint(text.text));
    match builder.build() {
        Ok(space) => {
            check_room(&space, root, problems);
            (known, Some(space))
        }
        Err(error) => {
            // Each part was checked alone, so it is how the conditions hang together.
            let first = sections.iter().find(|(_, section)| section.has("when"));
            let at = first.map_or_else(|| root.key_at("space"), |(_, section)| section.key_at("when"));
            problems.error(at, error.what()).advise(error.advice());
            (known, None)
        }
    }
}

fn parameter(name: &str, section: &Section<'_>, problems: &mut Problems) -> Option<Parameter> {
    let kind = section.text("kind")?.text;
    let allowed: &[&str] = match kind {
        "float" | "int" => FLOAT,
        "choice" => &["options"],
        "bool" => &[],
        _ => return None,
    };
    for (key, at) in section.keys() {
        if (FLOAT.contains(&key) || key == "options") && !allowed.contains(&key) {
            let problem = problems.error(at, format!("`{key}` has no meaning for a parameter of kind {kind}"));
            problem.advise(match allowed {
                [] => "leave it out".to_owned(),
                keys => format!("kind {kind} has {}", keys.join(", ")),
            });
        }
    }
    let needed: &[&str] = if kind == "choice" { &["options"] } else { &["low", "high"] };
    let mut is_whole = true;
    if kind != "bool" {
        for key in needed.iter().filter(|key| !section.has(key)) {
            problems
                .error(section.at.clone(), format!("`{key}` is missing in [space.{name}]"))
                .missing()
                .advise(format!("a parameter of kind {kind} needs {}", needed.join(" and ")));
            is_whole = false;
        }
    }
    if kind == "int" {
        for key in ["low", "high", "step"] {
            if section.number(key).is_some() && section.integer(key).is_none() {
                let what = format!("`{key}` of an int is a whole number");
                problems.error(section.value_at(key), what).advise("write it without a point, or use kind = \"float\"");
                is_whole = false;
            }
        }
    }
    if !is_whole || section.texts("options").len() < section.items("options").len() {
        return None;
    }
    let log = section.switch("log").unwrap_or(false);
    let domain = match kind {
        "float" => Domain::Float {
            low: section.number("low")?,
            high: section.number("high")?,
            log,
            step: if section.has("step") { Some(section.number("step")?) } else { None },
        },
        "int" => Domain::Int {
            low: section.integer("low")?,
            high: section.integer("high")?,
            log,
            step: if section.has("step") { Some(section.integer("step")?) } else { None },
        },
        "choice" => {
            Domain::Choice { options: section.texts("options").iter().map(|one| one.text.to_owned()).collect() }
        }
        _ => Domain::Bool,
    };
    match Parameter::new(name, domain) {
        Ok(parameter) => Some(parameter),
        Err(error) => {
            let what = error.what();
            let fault = what.split_once("of the search space: ").map_or(what, |(_, fault)| fault);
            // The fault begins with what it is about.
            let key = match fault.split(' ').next() {
                Some("step") => "step",
                Some("a" | "option") => "options",
                Some("the" | "bounds") => "high",
                _ => "low",
            };
            let at = if section.has(key) { section.value_at(key) } else { section.at.clone() };
            let problem = problems.error(at, format!("parameter `{name}`: {fault}"));
            if fault.contains("is not below") {
                problem.advise("exchange the two, or use another range");
            } else if fault.contains("logarithmic") {
                problem.advise("begin above zero, or write log = false");
            }
            None
        }
    }
}

fn condition(
    name: &str,
    when: &Section<'_>,
    names: &[&str],
    known: &[Parameter],
    problems: &mut Problems,
) -> Option<Condition> {
    let values: Vec<_> = match (when.get("equals"), when.has("any")) {
        (Some(_), true) => {
            problems.error(when.key_at("any"), "`equals` and `any` are both there").advise("keep one of them");
            return None;
        }
        (None, false) => {
            let what = format!("the condition of `{name}` has no value");
            problems.error(when.at.clone(), what).missing().advise("add equals = … or any = [ … ]");
            return None;
        }
        (Some(value), false) => vec![value],
        (None, true) => when.items("any"),
    };
    let parent = when.text("param")?;
    if parent.text == name {
        problems.error(parent.at, format!("the condition of `{name}` is on itself"));
        return None;
    }
    if !names.contains(&parent.text) {
        let others: Vec<&str> = names.iter().copied().filter(|other| *other != name).collect();
        problems.no_parameter(parent.at, parent.text, others);
        return None;
    }
    let parameter = known.iter().find(|parameter| parameter.name() == parent.text)?;
    if matches!(parameter.domain(), Domain::Float { step: None, .. }) {
        let what = format!("`{}` has a continuous range, so that it hardly ever has one certain value", parent.text);
        problems.error(parent.at, what).advise("give it a step, or let the condition be on another parameter");
        return None;
    }
    let mut read = Vec::new();
    let mut is_sound = !values.is_empty();
    for value in values {
        let Some(given) = scalar(value.get_ref()) else {
            is_sound = false;
            continue;
        };
        match conformed(parameter, given) {
            Ok(value) => read.push(value),
            Err(what) => {
                problems.error(value.span(), what).advise(format!("`{name}` would never be there"));
                is_sound = false;
            }
        }
    }
    is_sound.then(|| Condition::new(parent.text, read))
}

/// The value as the parameter has it, or why it has no such value.
pub(super) fn conformed(parameter: &Parameter, value: ParamValue) -> Result<ParamValue, String> {
    let alone = SearchSpace::builder().parameter(parameter.name(), parameter.domain().clone()).build();
    let conformed = alone.and_then(|space| space.conform(&Params::new().with(parameter.name(), value)));
    let params = conformed.map_err(|error| error.what().to_owned())?;
    params.get(parameter.name()).cloned().ok_or_else(|| "it has no value".to_owned())
}

/// Whether `text` is a constraint on these parameters. Where one of them could not be read, only its form is told.
fn constraint(
    text: &Placed<'_>,
    names: &[&str],
    known: &[Parameter],
    is_whole: bool,
    file: &str,
    problems: &mut Problems,
) -> bool {
    let read = Constraint::parse(text.text);
    let checked = read.and_then(|constraint| constraint.check(known));
    let Err(error) = checked else { return true };
    if let Some(unknown) = &error.unknown {
        if names.contains(&unknown.as_str()) && !is_whole {
            return false;
        }
        problems.no_parameter(text.part(file, error.at.clone()), unknown, names.iter().copied());
    } else {
        problems.error(text.part(file, error.at.clone()), format!("constraint: {error}"));
    }
    false
}

/// Warns where hardly any point keeps the constraints, because a study then begins by searching for one.
fn check_room(space: &SearchSpace, root: &Section<'_>, problems: &mut Problems) {
    let mut random = foundation_core::port::entropy::RandomStream::new(DRAW_SEED, 0);
    let share = space.feasible_share(DRAWS, &mut random);
    if share < 0.01 {
        let what = format!("of {DRAWS} random points {} keep the constraints", (share * f64::from(DRAWS)).round());
        let advice = "narrow the ranges to where they can be kept: a study that finds no such point ends with an error";
        problems.warning(root.key_at("constraints"), what).advise(advice);
    }
}
