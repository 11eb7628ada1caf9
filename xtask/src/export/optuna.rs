//! A study of an Optuna journal as a study of ours, with its finished trials as known results.

use std::path::Path;

use mabeam::{Direction, Study};
use mabeam_formats::optuna::{self, Brought, OptunaStudy};
use serde::Serialize;

use crate::args::{Composition, ImportArgs};
use crate::compositions::{self, Application, Place};
use crate::console::Console;
use crate::failure::Failure;

/// What was brought, as JSON.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a Path,
    data: &'a Path,
    study: &'a str,
    trials: usize,
    parameters: usize,
    notes: &'a [String],
}

/// Begins a study with what a journal tells.
///
/// # Errors
/// The journal cannot be read, holds no such study or several of which none is named, or its study cannot be one of
/// ours; the folder holds a study of that name already.
pub(super) fn import(args: &ImportArgs, console: Console) -> Result<(), Failure> {
    let bytes = std::fs::read(&args.file).map_err(|error| Failure::io("read", &args.file, &error))?;
    let journal = optuna::read(&bytes)?;
    if journal.torn {
        console.line("The journal's last line was cut off and is left out.");
    }
    let mut brought = optuna::bring(chosen(&journal.studies, args.study.as_deref(), &args.file)?)?;
    for note in &brought.notes {
        console.line(format!("Note: {note}."));
    }
    let (name, notes) = (brought.name.clone(), std::mem::take(&mut brought.notes));
    let (trials, parameters) = (brought.trials.len(), brought.space.parameters().len());
    begin(brought, &args.data)?;
    console.line(format!(
        "Study `{name}` in {} begins with {trials} trials of {parameters} parameters.",
        args.data.display()
    ));
    let report = Report { file: &args.file, data: &args.data, study: &name, trials, parameters, notes: &notes };
    args.json.as_ref().map_or(Ok(()), |json| json.write(&report))
}

/// The study of that name, or the only one there is.
fn chosen<'a>(studies: &'a [OptunaStudy], name: Option<&str>, file: &Path) -> Result<&'a OptunaStudy, Failure> {
    let names = studies.iter().map(|study| format!("`{}`", study.name)).collect::<Vec<_>>().join(", ");
    match (name, studies) {
        (None, [only]) => Ok(only),
        (None, []) => Err(Failure::new(format!("import {}: it holds no study", file.display()))),
        (None, _) => Err(Failure::new(format!("import {}: it holds {} studies", file.display(), studies.len()))
            .advise(format!("choose one of {names} with --study"))),
        (Some(name), _) => studies.iter().find(|study| study.name == name).ok_or_else(|| {
            Failure::new(format!("import {}: it holds no study `{name}`", file.display()))
                .advise(format!("it holds {names}"))
        }),
    }
}

fn begin(brought: Brought, data: &Path) -> Result<(), Failure> {
    let study = Study::new(brought.name.clone(), brought.space).warm_start(brought.trials);
    let study = if brought.direction == Direction::Minimize { study.minimize() } else { study };
    compositions::block_on(async {
        let application = Application::build(Composition::Embedded, Place { data, ..Place::nowhere() }).await?;
        let begun = async {
            if mabeam::read_study(&*application.ports.log, &brought.name).await?.is_some() {
                let what =
                    format!("import study `{}`: {} holds one of that name already", brought.name, data.display());
                return Err(Failure::new(what).advise("choose another folder with --data"));
            }
            // Nobody asks: its beginning is written, and it waits for workers.
            study.ask_tell(&application.ports).await?.stop().await;
            Ok(())
        };
        let begun = begun.await;
        application.close().await?;
        begun
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use mabeam_formats::optuna::OptunaStudy;

    use super::chosen;

    #[test]
    fn the_only_study_needs_no_name_and_several_are_listed() {
        let study = |name: &str| OptunaStudy { name: name.to_owned(), directions: vec![], trials: vec![] };
        let (one, two, file) = (vec![study("a")], vec![study("a"), study("b c")], Path::new("j.log"));
        assert_eq!(chosen(&one, None, file).unwrap().name, "a");
        assert_eq!(chosen(&two, Some("b c"), file).unwrap().name, "b c");
        for (failure, named) in [
            (chosen(&two, None, file).unwrap_err(), "`a`, `b c` with --study"),
            (chosen(&two, Some("x"), file).unwrap_err(), "it holds no study `x`"),
            (chosen(&[], None, file).unwrap_err(), "it holds no study"),
        ] {
            assert!(failure.to_string().contains(named), "{failure}");
        }
    }
}
