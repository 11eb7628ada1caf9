//! `run`: the main job. Starts the application in a composition and runs a study to its end.

pub(crate) mod digits_study;
mod interrupt;
pub(crate) mod operations;
pub(crate) mod outcome;
mod progress;
pub(crate) mod resources;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use digits::DigitsTrainer;
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{Sequence, StreamName};
use futures_util::StreamExt as _;
use mabeam::{RunningStudy, StudyEvent, StudyState, read_events, read_study};

use crate::args::{Composition, RunArgs};
use crate::chaos::{self, trace::Told};
use crate::compositions::{self, Application, Place};
use crate::console::Console;
use crate::failure::Failure;
//use crate::report;
use digits_study::Settings;
use interrupt::Interrupt;
use operations::Operations;
use outcome::{Circumstances, Found};
use resources::Usage;

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
    let settings = settings(&args)?;
    let data = data_folder(args.data.as_deref(), &args.study);
    if args.fresh && args.composition != Composition::Memory {
        compositions::set_aside(&data, console).await?;
    }
    if args.trace {
        Told::Opening.tell();
    }
    let storage = chaos::sled_settings(args.plant.as_deref())?;
    let place = Place { data: &data, settings: storage, trace: args.trace };
    let application = Application::build(args.composition, place).await?;
    if args.trace {
        let head = application.ports.log.head(&mabeam::stream_of(digits_study::NAME)?).await?;
        Told::Opened(head.unwrap_or(Sequence::START).0).tell();
    }
    let began = application.ports.runtime.clock().now();
    for note in &application.notes {
        console.line(note);
    }
    let operations = Operations::start(&application, &args.http, None).await?;
    let report_file = report_file(&args, &data);
    console.line(format!(
        "{} Report: {}.",
        operations.as_ref().map_or_else(|| "Metrics are off.".to_owned(), Operations::line),
        report_file.as_ref().map_or_else(|| "none (give --report)".to_owned(), |file| file.display().to_string()),
    ));
    let ended = study(&args, &settings, &application, operations.as_ref(), console, &mut interrupt).await;
    if let Ok(Some(ended)) = &ended {
        let circumstances = Circumstances {
            composition: args.composition,
            resumed: ended.resumed,
            events: ended.events.len(),
            wall_s: application.ports.runtime.clock().now().since(began).as_secs_f64(),
            usage: Usage::now(),
        };
        outcome::print(console, &ended.state);
        if let Some(file) = &report_file {
            //            report::write(file, &report::render(&ended.events)?)?;
            console.line(format!("Report: {}.", file.display()));
        }
        if let Some(json) = &args.json {
            json.write(&Found::collect(&ended.state, circumstances))?;
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

/// A study that is finished, with what was computed beside it.
struct Ended {
    state: Arc<StudyState>,
    events: Vec<(foundation_core::event::Event, StudyEvent)>,
    resumed: bool,
}

/// Runs the study, or goes on with it; `None` where Ctrl-C came first.
async fn study(
    args: &RunArgs,
    settings: &Settings,
    application: &Application,
    operations: Option<&Operations>,
    console: Console,
    interrupt: &mut Interrupt,
) -> Result<Option<Ended>, Failure> {
    let ports = &application.ports;
    let before = read_study(&*ports.log, digits_study::NAME).await?;
    let resumed = before.is_some();
    let tell = match &before {
        Some(state) if state.is_finished() => format!("Study `{}` is finished; --fresh starts anew.", args.study),
        Some(state) => format!(
            "Resuming study `{}`: {} trials, {} of {} epochs spent.",
            args.study,
            state.trials().len(),
            state.epochs().spent,
            state.config().budget
        ),
        None => format!("Starting study `{}`, seed {}.", args.study, settings.seed),
    };
    // A study that exists keeps the settings it was begun with, unless others are asked for, which is an error.
    let settings = &before.as_ref().map_or_else(|| settings.clone(), |state| kept(args, settings, state));
    let running = digits_study::study(settings)?.start_trainer(ports, Arc::new(DigitsTrainer::new())).await?;
    console.line(tell);
    let running = Arc::new(running);
    if let Some(operations) = operations {
        operations.watch(running.team().address());
    }
    if args.chaos > 0.0 {
        disturb(&running, application, args.chaos, settings)?;
    }
    let finished = {
        let shown = progress::show(ports.log.clone(), digits_study::NAME, console);
        let finished = async { tokio::join!(running.finished(), shown) };
        tokio::select! {
            (finished, shown) = finished => { shown?; Some(finished?) }
            () = interrupt.pressed() => None,
        }
    };
    if finished.is_some() {
        let memory = Application::build(Composition::Memory, Place::nowhere()).await?;
        let baselines = (!args.skip_baselines).then_some(&memory.ports);
        let evaluated = tokio::select! {
            evaluated = digits_study::evaluate(&running, settings, baselines) => Some(evaluated),
            () = interrupt.pressed() => None,
        };
        memory.close().await?;
        if let Some(evaluated) = evaluated {
            evaluated?;
            let state = running.look().await?;
            running.stop().await;
            let events = read_events(&*ports.log, digits_study::NAME).await?;
            return Ok(Some(Ended { state, events, resumed }));
        }
    }
    console.line("Stopping, children before parents; a second Ctrl-C stops at once.");
    running.stop().await;
    Ok(None)
}

/// Kills trainers at rungs, each with probability `p`.
fn disturb(running: &Arc<RunningStudy>, application: &Application, p: f64, settings: &Settings) -> Result<(), Failure> {
    let (log, running) = (application.ports.log.clone(), Arc::downgrade(running));
    let stream: StreamName = mabeam::stream_of(digits_study::NAME)?;
    let mut random = RandomStream::new(settings.seed, u64::MAX);
    application.ports.runtime.spawner().spawn("run-chaos", async move {
        let Ok(mut events) = log.subscribe(&stream, Sequence::START).await else { return };
        while let Some(Ok(recorded)) = events.next().await {
            let Some(running) = running.upgrade() else { return };
            if let Ok(StudyEvent::Reported(reported)) = StudyEvent::from_event(&recorded.event)
                && random.next_f64() < p
            {
                running.kill_trainer(reported.agent);
            }
        }
    });
    Ok(())
}

fn settings(args: &RunArgs) -> Result<Settings, Failure> {
    if args.study != digits_study::NAME {
        return Err(Failure::usage(format!("study `{}` is unknown", args.study)).advise("the studies are: digits"));
    }
    let usual = Settings::default();
    let slots = args.slots.unwrap_or(usual.slots);
    Ok(Settings {
        seed: args.seed.unwrap_or(usual.seed),
        slots,
        agents: args.agents.unwrap_or(usual.agents.min(slots)),
        budget: args.budget.unwrap_or(usual.budget),
        trials: args.trials.map(u64::from),
    })
}

/// The settings of a study that exists, but for what was asked for now.
fn kept(args: &RunArgs, settings: &Settings, state: &StudyState) -> Settings {
    let config = state.config();
    let slots = args.slots.unwrap_or(config.slots);
    Settings {
        seed: args.seed.unwrap_or(config.seed),
        slots,
        agents: args.agents.unwrap_or(settings.agents.min(slots)),
        budget: args.budget.unwrap_or(config.budget),
        trials: args.trials.map(u64::from).or(config.max_trials),
    }
}

pub(crate) fn data_folder(given: Option<&Path>, study: &str) -> PathBuf {
    given.map_or_else(|| Path::new(".foundation").join(study), Path::to_path_buf)
}

fn report_file(args: &RunArgs, data: &Path) -> Option<PathBuf> {
    match (&args.report, args.composition) {
        (Some(file), _) => Some(file.clone()),
        (None, Composition::Memory) => None,
        (None, _) => Some(data.join("report.html")),
    }
}
