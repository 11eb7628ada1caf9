//! Planted bugs: by name, and only in a build that has them.

use foundation_sled::SledSettings;

use crate::args::{ChaosArgs, Composition, Experiment};
use crate::failure::Failure;

/// A bug that can be planted.
#[derive(Clone, Copy, Debug)]
struct Plantable {
    name: &'static str,
    /// It is planted in the kernel of processes and found there by its name; the others are in the experiment or in an
    /// adapter.
    in_kernel: bool,
}

const fn kernel(name: &'static str) -> Plantable {
    Plantable { name, in_kernel: true }
}

const fn outside(name: &'static str) -> Plantable {
    Plantable { name, in_kernel: false }
}

/// The bugs that can be planted in an experiment.
fn bugs(experiment: Experiment) -> &'static [Plantable] {
    match experiment {
        Experiment::Kill9 => const { &[outside("ack-before-write"), outside("store-forgets")] },
        Experiment::Calls => const { &[kernel("reply-hang"), outside("reply-swapped")] },
        Experiment::Order => const { &[kernel("order-swapped")] },
        Experiment::Storm => const { &[kernel("intensity-ignored"), kernel("window-kept")] },
        Experiment::Tree => const { &[kernel("notice-lost"), kernel("orphan-left")] },
        Experiment::KillServer => const { &[outside("follower-reads"), kernel("token-unchecked")] },
        Experiment::PausedHolder => const { &[kernel("token-unchecked")] },
        Experiment::Overload => const { &[kernel("control-behind-mail"), kernel("mailbox-unbounded")] },
    }
}

/// Checks a bug's name, that this build can have it, and plants it where that is the kernel.
pub(super) fn plant(experiment: Experiment, bug: Option<&str>) -> Result<(), Failure> {
    let Some(bug) = bug else { return Ok(()) };
    let Some(known) = bugs(experiment).iter().find(|known| known.name == bug) else {
        let names: Vec<_> = bugs(experiment).iter().map(|known| known.name).collect();
        return Err(Failure::usage(format!("planted bug `{bug}` is unknown to this experiment"))
            .advise(format!("its bugs are: {}", names.join(", "))));
    };
    if known.in_kernel {
        plant_in_kernel(bug)
    } else {
        cfg!(feature = "planted-bugs").then_some(()).ok_or_else(|| cannot(bug))
    }
}

#[cfg(feature = "planted-bugs")]
fn plant_in_kernel(bug: &str) -> Result<(), Failure> {
    foundation_core::planted::set(Some(bug)).map_err(|known| {
        Failure::usage(format!("the kernel has no bug `{bug}`")).advise(format!("its bugs are: {}", known.join(", ")))
    })
}

#[cfg(not(feature = "planted-bugs"))]
fn plant_in_kernel(bug: &str) -> Result<(), Failure> {
    Err(cannot(bug))
}

/// Whether this bug of an experiment is planted; never in a build without planted bugs.
pub(super) fn is_planted(args: &ChaosArgs, bug: &str) -> bool {
    cfg!(feature = "planted-bugs") && args.plant.as_deref() == Some(bug)
}

fn cannot(bug: &str) -> Failure {
    Failure::usage(format!("this build cannot plant `{bug}`"))
        .advise("use `cargo xtask chaos … --plant`, which builds with the feature planted-bugs")
}

/// The bugs of a storage that are planted in a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plants {
    /// For the disk: acknowledged before it is written.
    pub(crate) sled: SledSettings,
    /// For the cluster: the server's store is gone when the server is.
    pub(crate) forgets: bool,
}

/// The bug of `kill9`, in the storage that can have it.
///
/// # Errors
/// A bug that is unknown, that another composition has, or that this build cannot have.
pub(crate) fn plants(composition: Composition, bug: Option<&str>) -> Result<Plants, Failure> {
    plant(Experiment::Kill9, bug)?;
    match (composition, bug) {
        (_, None) => Ok(Plants::default()),
        (Composition::Embedded, Some("ack-before-write")) => {
            Ok(Plants { sled: sled_settings(bug)?, ..Plants::default() })
        }
        (Composition::Cluster, Some("store-forgets")) => Ok(Plants { forgets: true, ..Plants::default() }),
        (_, Some(bug)) => Err(Failure::usage(format!("--composition {} has no bug `{bug}`", composition.name()))
            .advise("plant `ack-before-write` in embedded, `store-forgets` in cluster")),
    }
}

/// The settings of the storage, with the bug if one is planted.
///
/// # Errors
/// Where this build has no planted bugs: `cargo xtask chaos --plant` makes one that has.
#[cfg(feature = "planted-bugs")]
pub(crate) fn sled_settings(bug: Option<&str>) -> Result<SledSettings, Failure> {
    plant(Experiment::Kill9, bug)?;
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
