//! When a parameter is there: concluded from the trials, as Optuna does not tell it.

use std::collections::BTreeMap;

use mabeam::{Condition, ParamValue};

use super::super::distribution::Distribution;
use super::super::replay::OptunaTrial;

/// The condition under which `name` is there; none where every trial has it.
///
/// A parent is a choice that every trial with the parameter has and some without it have too, and whose values in the
/// one and in the other are not the same ones. Among several the first by name is taken. The answer where there is none
/// says so.
pub(super) fn condition(
    name: &str,
    known: &BTreeMap<String, Distribution>,
    trials: &[&OptunaTrial],
) -> Result<Option<Condition>, String> {
    let (with, without): (Vec<&OptunaTrial>, Vec<&OptunaTrial>) =
        trials.iter().partition(|trial| trial.params.contains_key(name));
    let Some(lacking) = without.first() else { return Ok(None) };
    let choices = known.iter().filter(|(_, distribution)| matches!(distribution, Distribution::Categorical(_)));
    for (parent, _) in choices {
        let (there, absent) = (values(parent, &with), values(parent, &without));
        let decides = !absent.is_empty() && !there.iter().any(|value| absent.contains(value));
        if decides && with.iter().all(|trial| trial.params.contains_key(parent)) {
            return Ok(Some(Condition::new(parent.clone(), there)));
        }
    }
    Err(format!(
        "parameter `{name}` is missing in trial {} (line {}), and no choice tells when it is there",
        lacking.number, lacking.line
    ))
}

/// The values that `parent` had in those of the trials that have it, each once.
fn values(parent: &str, trials: &[&OptunaTrial]) -> Vec<ParamValue> {
    let mut found: Vec<ParamValue> = Vec::new();
    let there = trials.iter().filter_map(|trial| trial.params.get(parent));
    for value in there.filter_map(|(distribution, internal)| distribution.value(*internal).ok()) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}
