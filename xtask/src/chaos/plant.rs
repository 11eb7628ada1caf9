//! Planted bugs: by name, and only in a build that has them.

use foundation_sled::SledSettings;

use crate::args::{ChaosArgs, Experiment};
use crate::failure::Failure;

/// The bugs that can be planted in an experiment.
fn bugs(experiment: Experiment) -> &'static [&'static str] {
    match experiment {
        Experiment::Kill9 => &["ack-before-write"],
        Experiment::Calls => &["reply-swapped"],
        Experiment::Order => &["order-swapped"],
        Experiment::Storm => &["intensity-ignored"],
        Experiment::Tree => &["orphan-left"],
        Experiment::Overload => &["control-behind-mail", "mailbox-unbounded"],
    }
}

/// Checks a bug's name, and that this build can have it.
pub(super) fn check(experiment: Experiment, bug: Option<&str>) -> Result<(), Failure> {
    let Some(bug) = bug else { return Ok(()) };
    if !bugs(experiment).contains(&bug) {
        return Err(Failure::usage(format!("planted bug `{bug}` is unknown to this experiment"))
            .advise(format!("its bugs are: {}", bugs(experiment).join(", "))));
    }
    if cfg!(feature = "planted-bugs") { Ok(()) } else { Err(cannot(bug)) }
}

/// Whether this bug is planted; never in a build without planted bugs.
pub(super) fn is_planted(args: &ChaosArgs, bug: &str) -> bool {
    cfg!(feature = "planted-bugs") && args.plant.as_deref() == Some(bug)
}

fn cannot(bug: &str) -> Failure {
    Failure::usage(format!("this build cannot plant `{bug}`"))
        .advise("use `cargo xtask chaos … --plant`, which builds with the feature planted-bugs")
}

/// The settings of the storage, with the bug if one is planted.
///
/// # Errors
/// Where this build has no planted bugs: `cargo xtask chaos --plant` makes one that has.
#[cfg(feature = "planted-bugs")]
pub(crate) fn sled_settings(bug: Option<&str>) -> Result<SledSettings, Failure> {
    check(Experiment::Kill9, bug)?;
    Ok(SledSettings { plant: bug.map(|_| foundation_sled::Plant::AckBeforeWrite), ..SledSettings::default() })
}

/// The settings of the storage.
///
/// # Errors
/// Where a bug is asked for, which this build does not have: `cargo xtask chaos --plant` makes one that does.
#[cfg(not(feature = "planted-bugs"))]
pub(crate) fn sled_settings(bug: Option<&str>) -> Result<SledSettings, Failure> {
    bug.map_or_else(|| Ok(SledSettings::default()), |bug| Err(cannot(bug)))
}
