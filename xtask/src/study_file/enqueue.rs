//! Known configurations that are tried first.

use mabeam::{Parameter, Params, SearchSpace};

use super::problem::Problems;
use super::section::Section;
use super::space::conformed;
use super::value::scalar;

/// Reads the configurations; those that are wrong are told and left out.
pub(super) fn read(
    root: &Section<'_>,
    parameters: &[Parameter],
    space: Option<&SearchSpace>,
    problems: &mut Problems,
) -> Vec<Params> {
    let all: Vec<&str> = root.named("space").iter().map(|(name, _)| *name).collect();
    let mut found = Vec::new();
    for section in root.tables("enqueue") {
        let mut values = Vec::new();
        let mut is_sound = true;
        for (name, at) in section.keys() {
            if !all.contains(&name) {
                problems.no_parameter(at, name, all.iter().copied());
                is_sound = false;
                continue;
            }
            let parameter = parameters.iter().find(|parameter| parameter.name() == name);
            match (parameter, section.get(name).and_then(|value| scalar(value.get_ref()))) {
                (Some(parameter), Some(value)) => match conformed(parameter, value) {
                    Ok(value) => values.push((name, value)),
                    Err(what) => {
                        problems.error(section.value_at(name), what);
                        is_sound = false;
                    }
                },
                _ => is_sound = false,
            }
        }
        let Some(space) = space.filter(|_| is_sound) else { continue };
        let params: Params = values.into_iter().collect();
        if let Err(error) = space.check(&params) {
            problems.error(section.at.clone(), error.what());
        } else if let Some(broken) = space.constraints().iter().find(|constraint| !constraint.holds(&params)) {
            problems.error(section.at.clone(), format!("this configuration does not keep `{broken}`"));
        } else {
            found.push(params);
        }
    }
    found
}
