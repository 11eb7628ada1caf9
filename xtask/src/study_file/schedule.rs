//! Which trials go on.

use mabeam::{Asha, Hyperband, MedianStopping, Pbt, Schedule};

use super::keys::SCHEDULE_KINDS;
use super::problem::Problems;
use super::section::Section;
use super::value::integer;

/// Reads the schedule; what is wrong is told and left at its default.
pub(super) fn read(root: &Section<'_>, problems: &mut Problems) -> Schedule {
    let section = root.section("schedule");
    let kind = section.text("kind").map_or("asha", |kind| kind.text);
    let Some((_, allowed)) = SCHEDULE_KINDS.iter().find(|(name, _)| *name == kind) else {
        return Schedule::Asha(Asha::default());
    };
    let known = |key: &str| SCHEDULE_KINDS.iter().any(|(_, keys)| keys.contains(&key));
    for (key, at) in section.keys().filter(|(key, _)| known(key) && !allowed.contains(key)) {
        let owners: Vec<&str> =
            SCHEDULE_KINDS.iter().filter(|(_, keys)| keys.contains(&key)).map(|(name, _)| *name).collect();
        let what = format!("`{key}` has no meaning for a schedule of kind {kind}");
        problems.error(at, what).advise(format!("leave it out; it is for {}", owners.join(", ")));
    }
    let usual_asha = Asha::default();
    let usual = match kind {
        "median" => MedianStopping::default().rungs,
        "pbt" => Pbt::default().rungs,
        _ => usual_asha.rungs.clone(),
    };
    let rungs = rungs(&section, problems).unwrap_or(usual);
    let span = rungs.last().zip(rungs.first()).map_or(0, |(last, first)| u64::from(last - first));
    let reserve = section.u64("reserve").unwrap_or(span);
    let ladder = Asha { eta: section.u32("eta").unwrap_or(usual_asha.eta), reserve, rungs, ..usual_asha };
    match kind {
        "hyperband" => {
            let most = ladder.rungs.len() as u32;
            let brackets = section.u32("brackets").unwrap_or(most);
            if brackets > most {
                problems
                    .error(section.value_at("brackets"), format!("{brackets} brackets are more than {most} rungs"))
                    .advise("each bracket begins a rung higher: give at most as many as rungs");
            }
            Schedule::Hyperband(Hyperband { ladder, brackets })
        }
        "median" => {
            let usual = MedianStopping::default();
            Schedule::MedianStopping(MedianStopping {
                rungs: ladder.rungs,
                grace: section.u32("grace").unwrap_or(usual.grace),
                least_completed: section.u32("least_completed").unwrap_or(usual.least_completed),
                reserve,
            })
        }
        "pbt" => Schedule::Pbt(population(ladder.rungs, root, &section, problems)),
        "none" => Schedule::Asha(Asha::single_rung(section.u32("epochs").unwrap_or(1))),
        _ => Schedule::Asha(ladder),
    }
}

fn rungs(section: &Section<'_>, problems: &mut Problems) -> Option<Vec<u32>> {
    let mut found: Vec<u32> = Vec::new();
    for item in section.items("rungs") {
        let Some(rung) = integer(item.get_ref()).and_then(|rung| u32::try_from(rung).ok()) else { continue };
        if let Some(before) = found.last()
            && *before >= rung
        {
            let what = format!("rung {rung} does not lie above {before}, the one before");
            problems.error(item.span(), what).advise("rungs rise, as in [1, 3, 9, 27]");
            continue;
        }
        found.push(rung);
    }
    (!found.is_empty()).then_some(found)
}

fn population(rungs: Vec<u32>, root: &Section<'_>, section: &Section<'_>, problems: &mut Problems) -> Pbt {
    let usual = Pbt::default();
    let known: Vec<&str> = root.named("space").iter().map(|(name, _)| *name).collect();
    let fixed = section.texts("fixed");
    for name in fixed.iter().filter(|name| !known.contains(&name.text)) {
        problems.no_parameter(name.at.clone(), name.text, known.iter().copied());
    }
    let population = Pbt {
        rungs,
        population: section.u32("population").unwrap_or(usual.population),
        share_percent: section.u32("share_percent").unwrap_or(usual.share_percent),
        resample_percent: section.u32("resample_percent").unwrap_or(usual.resample_percent),
        fixed: fixed.iter().map(|name| name.text.to_owned()).collect(),
    };
    if let Err(error) = population.check() {
        problems.error(section.value_at("population"), error.what());
    }
    if root.has("exec") {
        let what = "a program keeps no checkpoint from which another trial could go on";
        problems.error(section.value_at("kind"), what).advise("choose another kind; `pbt` is for trainers in Rust");
    }
    population
}
