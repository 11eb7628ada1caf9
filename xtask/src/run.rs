//! `run`: the main job. Starts the application in a composition and runs a study to its end.

pub(crate) mod digits_study;
pub(crate) mod interrupt;
pub(crate) mod job;
pub(crate) mod operations;
pub(crate) mod outcome;
mod program_study;
mod progress;
pub(crate) mod resources;
pub(crate) mod subject;

use std::path::{Path, PathBuf};

use foundation_core::port::storage::Sequence;

use crate::args::{Composition, RunArgs};
use crate::chaos::{
    self,
    trace::{Stream, Told},
};
use crate::compositions::{self, Application, NatsPlace, Place};
use crate::console::Console;
use crate::failure::Failure;
use crate::report;
use interrupt::Interrupt;
use job::{Asked, Job};
use operations::Operations;
use outcome::{Circumstances, Found};
use resources::Usage;
use subject::Subject;

/// Runs a study to its end.
///
/// # Errors
/// An unknown study, settings that do not fit, a folder that cannot be opened, a port that is taken; 130 after
/// Ctrl-C.
pub fn main(args: RunArgs) -> Result<(), Failure> {
    compositions::quiet_panics();
    compositions::block_on(run(args))
}

async fn run(args: RunArgs) -> Result<(), Failure> {
    let console = Console::beside(args.json.as_ref());
    let mut interrupt = Interrupt::listen()?;
    let subject = Subject::named(&args.study, args.exec.as_deref())?;
    let data = compositions::data_folder(args.data.as_deref(), args.composition, subject.name());
    if args.fresh {
        compositions::set_aside(args.composition, &data, console).await?;
    }
    if args.trace {
        Told::Opening.tell();
    }
    let plants = chaos::plants(args.composition, args.plant.as_deref())?;
    let nats = NatsPlace { args: Some(&args.nats), forgets: plants.forgets };
    let place = Place { data: &data, settings: plants.sled, nats, trace: args.trace };
    let application = Application::build(args.composition, place).await?;
    if args.trace {
        let variable = mabeam::variable_stream(&mabeam::best_config_of(subject.name()))?;
        for (kind, stream) in [(Stream::Study, mabeam::stream_of(subject.name())?), (Stream::Variable, variable)] {
            let head = application.ports.log.head(&stream).await?;
            Told::Opened(kind, head.unwrap_or(Sequence::START).0).tell();
        }
    }
    let began = application.ports.runtime.clock().now();
    for note in &application.notes {
        console.line(note);
    }
    let operations = Operations::start(&application, &args.http, None, None).await?;
    let report_file = report_file(&args, &data);
    console.line(format!(
        "{} Report: {}.",
        operations.as_ref().map_or_else(|| "Metrics are off.".to_owned(), Operations::line),
        report_file.as_ref().map_or_else(|| "none (give --report)".to_owned(), |file| file.display().to_string()),
    ));
    let asked = Asked::from(&args);
    let job = Job {
        subject: &subject,
        data: &data,
        asked,
        application: &application,
        operations: operations.as_ref(),
        console,
    };
    let ended = job.run(&mut interrupt).await;
    if let Ok(Some(ended)) = &ended {
        let circumstances = Circumstances {
            composition: args.composition,
            resumed: ended.resumed,
            events: ended.events.len(),
            wall_s: application.ports.runtime.clock().now().since(began).as_secs_f64(),
            usage: Usage::now(),
        };
        outcome::print(console, &ended.state, &ended.variables);
        if let Some(file) = &report_file {
            report::write(file, &report::render(&ended.events, &ended.variables)?)?;
            console.line(format!("Report: {}.", file.display()));
        }
        if let Some(json) = &args.json {
            json.write(&Found::collect(&ended.state, &ended.variables, circumstances))?;
        }
    }
    if let Some(operations) = operations {
        operations.stop().await;
    }
    application.close().await?;
    match ended? {
        Some(_) => Ok(()),
        None => Err(Failure::interrupted("stopped before the study's end; everything acknowledged is on disk")
            .advise("the same command goes on where it stopped")),
    }
}

fn report_file(args: &RunArgs, data: &Path) -> Option<PathBuf> {
    match (&args.report, args.composition) {
        (Some(file), _) => Some(file.clone()),
        (None, Composition::Memory) => None,
        (None, _) => Some(data.join("report.html")),
    }
}
