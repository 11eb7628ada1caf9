//! Planted bugs: by name, and only in a build that has them.

use foundation_sled::SledSettings;

use crate::failure::Failure;

/// The bugs that can be planted.
const BUGS: [&str; 1] = ["ack-before-write"];

/// Checks a bug's name.
pub(super) fn check(bug: Option<&str>) -> Result<(), Failure> {
    match bug {
        Some(bug) if !BUGS.contains(&bug) => Err(Failure::usage(format!("planted bug `{bug}` is unknown"))
            .advise(format!("the bugs are: {}", BUGS.join(", ")))),
        _ => Ok(()),
    }
}

/// The settings of the storage, with the bug if one is planted.
///
/// # Errors
/// Where this build has no planted bugs: `cargo xtask chaos --plant` makes one that has.
#[cfg(feature = "planted-bugs")]
pub(crate) fn sled_settings(bug: Option<&str>) -> Result<SledSettings, Failure> {
    check(bug)?;
    Ok(SledSettings { plant: bug.map(|_| foundation_sled::Plant::AckBeforeWrite), ..SledSettings::default() })
}

/// The settings of the storage.
///
/// # Errors
/// Where a bug is asked for, which this build does not have: `cargo xtask chaos --plant` makes one that does.
#[cfg(not(feature = "planted-bugs"))]
pub(crate) fn sled_settings(bug: Option<&str>) -> Result<SledSettings, Failure> {
    check(bug)?;
    match bug {
        None => Ok(SledSettings::default()),
        Some(bug) => Err(Failure::usage(format!("this build cannot plant `{bug}`"))
            .advise("use `cargo xtask chaos … --plant`, which builds with the feature planted-bugs")),
    }
}
