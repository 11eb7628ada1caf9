//! `serve`: the application long-lived. It runs a study if one is named, and stays up after it until it is stopped.

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
    let operations = Operations::start(&application, &args.http, args.token_file.as_deref()).await?;
    if let Some(operations) = &operations {
        console.line(operations.line());
    }
    let mut ended = None;
    if let Some(subject) = &subject {
        let asked = Asked::default();
        let job = Job { subject, data: &data, asked, application: &application, operations: operations.as_ref(), console };
        ended = job.run(&mut interrupt).await?;
    }
    if let Some(ended) = &ended {
        outcome::print(console, &ended.state, &ended.variables);
        if args.composition != Composition::Memory {
            let file = data.join("report.html");
            report::write(&file, &report::render(&ended.events)?)?;
            console.line(format!("Report: {}.", file.display()));
        }
    }
    console.line("Serving until Ctrl-C.");
    interrupt.pressed().await;
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
    application.close().await?;
    Ok(())
}
