//! `serve`: the application long-lived. It serves studies to workers anywhere, runs one itself if it is named, and stays
//! up until it is stopped.

use std::io::Read as _;
use std::sync::Arc;

use foundation_core::Spawner;
use mabeam::LocalStudies;
use serde::Serialize;

use crate::args::{Composition, ServeArgs};
use crate::compositions::{self, Application, NatsPlace, Place};
use crate::console::Console;
use crate::failure::Failure;
use crate::report;
use crate::run::interrupt::Interrupt;
use crate::run::job::{Asked, Job};
use crate::run::operations::Operations;
use crate::run::outcome::{self, Circumstances, Found};
use crate::run::resources::Usage;
use crate::run::subject::Subject;

/// Where it serves, for the program that started it.
#[derive(Debug, Serialize)]
struct Serving {
    version: u32,
    /// What comes before `/metrics` and `/v1/studies`.
    url: String,
}

/// Serves until Ctrl-C or a request to terminate, which is the orderly end and no failure.
///
/// # Errors
/// An unknown study, a folder that cannot be opened, a port that is taken, an address without the token it needs.
pub fn main(args: ServeArgs) -> Result<(), Failure> {
    compositions::quiet_panics();
    compositions::block_on(serve(args))
}

async fn serve(args: ServeArgs) -> Result<(), Failure> {
    let console = Console::beside(args.json.as_ref());
    let mut interrupt = Interrupt::listen()?;
    let subject = args.study.as_deref().map(|study| Subject::named(study, None)).transpose()?;
    let name = subject.as_ref().map_or("serve", Subject::name);
    let data = compositions::data_folder(args.data.as_deref(), args.composition, name);
    let nats = NatsPlace { args: Some(&args.nats), ..NatsPlace::default() };
    let place = Place { data: &data, nats, ..Place::nowhere() };
    let application = Application::build(args.composition, place).await?;
    let began = application.ports.runtime.clock().now();
    for note in &application.notes {
        console.line(note);
    }
    // A study that runs here has its writer.
    let kept = subject.as_ref().map(|subject| subject.name().to_owned());
    let studies = Arc::new(LocalStudies::new(application.ports.clone(), kept));
    let served = Some(studies.clone() as Arc<dyn mabeam::Studies>);
    let operations = Operations::start(&application, &args.http, args.token_file.as_deref(), served).await?;
    if let Some(operations) = &operations {
        console.line(operations.line());
        console.line(format!("Studies: {}/v1/studies.", operations.url()));
        if let (Some(json), None) = (&args.json, &subject) {
            json.write(&Serving { version: 1, url: operations.url() })?;
        }
    }
    let mut ended = None;
    if let Some(subject) = &subject {
        let asked = Asked::default();
        let job =
            Job { subject, data: &data, asked, application: &application, operations: operations.as_ref(), console };
        ended = job.run(&mut interrupt).await?;
    }
    if let Some(ended) = &ended {
        outcome::print(console, &ended.state, &ended.variables);
        if args.composition != Composition::Memory {
            let file = data.join("report.html");
            report::write(&file, &report::render(&ended.events, &ended.variables)?)?;
            console.line(format!("Report: {}.", file.display()));
        }
    }
    console.line("Serving until Ctrl-C.");
    if args.until_stdin_ends {
        let spawner = application.ports.runtime.spawner();
        tokio::select! {
            () = interrupt.pressed() => {}
            () = input_ended(spawner) => {}
        }
    } else {
        interrupt.pressed().await;
    }
    if let (Some(json), Some(ended)) = (&args.json, &ended) {
        let circumstances = Circumstances {
            composition: args.composition,
            resumed: ended.resumed,
            events: ended.events.len(),
            wall_s: application.ports.runtime.clock().now().since(began).as_secs_f64(),
            usage: Usage::now(),
        };
        json.write(&Found::collect(&ended.state, &ended.variables, circumstances))?;
    }
    if let Some(operations) = operations {
        operations.stop().await;
    }
    studies.stop().await;
    application.close().await?;
    Ok(())
}

/// Waits until standard input is at its end: whoever started this program is gone, however it went.
async fn input_ended(spawner: &Spawner) {
    let read = || {
        let mut chunk = [0; 256];
        let mut input = std::io::stdin().lock();
        while input.read(&mut chunk).is_ok_and(|bytes| bytes > 0) {}
    };
    // Where the thread cannot be had the program serves until it is stopped.
    if spawner.spawn_blocking("serve-stdin", read).await.is_err() {
        std::future::pending::<()>().await;
    }
}
