//! A study as CSV, JSON and Parquet, and one of Optuna's as ours, from outside.

use std::path::Path;
use std::process::{Command, Output};

use mabeam::{SearchSpace, TrialRow, TrialState};
use mabeam_formats::{read_csv, read_json};
use mabeam_parquet::write_parquet;

const JOURNAL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/adapters/mabeam-formats/tests/journals/studies.log");

fn mabeam(folder: &Path, line: &str) -> Output {
    let words = line.split('|').map(str::trim);
    Command::new(env!("CARGO_BIN_EXE_mabeam")).args(words).current_dir(folder).output().expect("it starts")
}

fn succeeded(folder: &Path, line: &str) -> String {
    let output = mabeam(folder, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_study_of_optuna_is_brought_over_and_written_as_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let bring = format!("import|--optuna|{JOURNAL}|--study|tuned net|--data|d");
    let said = succeeded(here, &bring);
    assert!(said.contains("Study `tuned-net` in d begins with 12 trials of 7 parameters"), "{said}");
    assert!(said.contains("`momentum` is taken to be there only where kind is sgd"), "{said}");

    succeeded(here, "export|--format|json|--study|tuned-net|--data|d|t.json");
    succeeded(here, "export|--format|csv|--study|tuned-net|--data|d|t.csv");
    let table = read_json(std::fs::File::open(here.join("t.json")).expect("a file")).expect("a table");
    let rows = read_csv(&table.space, std::fs::File::open(here.join("t.csv")).expect("a file")).expect("rows");
    assert_eq!(rows, table.rows);
    // Two more are given out already, to whoever asks for them.
    let is_brought = |row: &&TrialRow| row.from.is_some();
    assert_eq!((rows.iter().filter(is_brought).count(), rows.len()), (12, 14));
    assert!(rows.iter().filter(|row| !is_brought(row)).all(|row| row.state == TrialState::Running));
    assert_eq!((rows[0].state, rows[0].value), (TrialState::Completed, Some(3.0004634250583293)));
    assert_eq!((rows[2].state, rows[4].state), (TrialState::Failed, TrialState::Stopped));
    let names = |space: &SearchSpace| space.parameters().iter().map(|one| one.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&table.space), ["dropout", "kind", "layers", "momentum", "nesterov", "rate", "units"]);

    let said = succeeded(here, "export|--format|parquet|--study|tuned-net|--data|d|t.parquet");
    assert!(said.contains("Exported 14 trials of study `tuned-net` from d to t.parquet."), "{said}");
    let mut expected = Vec::new();
    write_parquet(&table, &mut expected).expect("a file in memory");
    assert_eq!(std::fs::read(here.join("t.parquet")).expect("a file"), expected, "the same table, so the same bytes");
    let over = mabeam(here, "export|--format|parquet|--study|tuned-net|--data|d|t.parquet");
    assert!(String::from_utf8_lossy(&over.stderr).contains("choose a file that does not exist yet"));

    let again = mabeam(here, &bring);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("holds one of that name already"));
}

#[test]
fn what_is_not_there_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    for (line, named) in [
        (format!("import|--optuna|{JOURNAL}|--data|d"), "choose one of `tuned net`, `maximised`, `both` with --study"),
        (format!("import|--optuna|{JOURNAL}|--study|both|--data|d"), "it has 2 objectives"),
        ("export|--format|csv|--study|digits|--data|d|t.csv".to_owned(), "there is no such folder"),
    ] {
        let output = mabeam(here, &line);
        assert_eq!(output.status.code(), Some(1), "{line}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(named), "{line}: {said}");
    }
    succeeded(here, &format!("import|--optuna|{JOURNAL}|--study|maximised|--data|d"));
    let output = mabeam(here, "export|--format|csv|--study|other|--data|d|t.csv");
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds no study of that name"));
    assert!(!here.join("t.csv").exists(), "half an export is none");
}
