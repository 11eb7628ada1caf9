use super::NewStudyArgs;
use crate::failure::Failure;
use crate::study_file::{schema, template};

const RUN: &str = "cargo xtask run";

fn main(args: &NewStudyArgs) -> Result<(), Failure> {
    super::main(args, RUN)
}

fn args(file: Option<std::path::PathBuf>) -> NewStudyArgs {
    NewStudyArgs { file, exec: None, schema: None }
}

#[test]
fn a_file_is_written_with_its_schema_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lr.toml");
    main(&NewStudyArgs { exec: Some("train {lr}".to_owned()), ..args(Some(path.clone())) }).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, template::text(RUN, &path.display().to_string(), Some("train {lr}")));
    assert!(written.starts_with(&format!("#:schema ./{}\n", schema::FILE_NAME)), "{written}");
    assert_eq!(std::fs::read_to_string(folder.path().join(schema::FILE_NAME)).unwrap(), schema::text());
}

#[test]
fn nothing_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.toml");
    let beside = folder.path().join(schema::FILE_NAME);
    std::fs::write(&path, "mine").unwrap();
    std::fs::write(&beside, "mine too").unwrap();
    let failure = main(&args(Some(path.clone()))).unwrap_err();
    assert!(failure.to_string().contains("exists already"), "{failure}");
    let other = folder.path().join("other.toml");
    main(&args(Some(other.clone()))).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), "mine too");
}

#[test]
fn a_file_that_run_would_not_take_for_a_study_is_refused() {
    let failure = main(&args(Some("study.json".into()))).unwrap_err();
    assert!(failure.to_string().contains(".toml"), "{failure}");
}

#[test]
fn the_schema_alone_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.json");
    std::fs::write(&path, "old").unwrap();
    main(&NewStudyArgs { schema: Some(path.clone()), ..args(None) }).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), schema::text());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
