use super::*;
use crate::bench::programs::TRIALS;

const EXAMPLE: &str = include_str!("../../../../../../examples/sklearn-digits/study.toml");

#[test]
fn the_copy_is_the_example_without_early_stop() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("study.toml");
    std::fs::write(&file, copy_of(EXAMPLE, folder.path()).unwrap()).unwrap();
    let study = crate::study_file::load(&file).unwrap();
    assert_eq!((study.name.as_str(), study.trials), ("sklearn-digits", Some(TRIALS)));
    assert_eq!(study.schedule.last_rung(), EPOCHS);
    let exec = study.exec.unwrap();
    assert_eq!(exec.directory, folder.path());
    assert!(exec.environment.contains(&("OMP_NUM_THREADS".to_owned(), "1".to_owned())));
}

#[test]
fn a_file_without_a_program_is_refused() {
    let failure = copy_of("name = \"other\"", Path::new("here")).unwrap_err();
    assert!(failure.to_string().contains("describes no program"), "{failure}");
    assert!(copy_of("name = ", Path::new("here")).is_err());
}
