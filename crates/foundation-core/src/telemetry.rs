//! Telemetry: metric handles made from a recorder that was handed in, never from a global one.
//!
//! Every metric of the project stands in [`names`]; a handle can only be had for one of those, so a test can compare
//! what is declared with what a run emits. The recorder is the `metrics` crate's interface; which one it is, is the
//! composition's choice.

mod event_log;

pub mod names;

use std::fmt;
use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};

pub use event_log::MeasuredEventLog;
use names::{CounterName, GaugeName, HistogramName, Kind, Metric};

/// Where metrics go. Cheap to clone.
#[derive(Clone)]
pub struct Telemetry {
    recorder: Option<Arc<dyn Recorder + Send + Sync>>,
}

impl Telemetry {
    /// Metrics go to `recorder`, which is told now what each of them is.
    #[must_use]
    pub fn new(recorder: Arc<dyn Recorder + Send + Sync>) -> Self {
        for metric in names::ALL {
            let describe = match metric.kind {
                Kind::Counter => Recorder::describe_counter,
                Kind::Gauge => Recorder::describe_gauge,
                Kind::Histogram => Recorder::describe_histogram,
            };
            describe(&*recorder, metric.name.into(), metric.unit, metric.help.into());
        }
        Self { recorder: Some(recorder) }
    }

    /// Metrics go nowhere.
    #[must_use]
    pub fn none() -> Self {
        Self { recorder: None }
    }

    /// A counter. `values` are those of the labels that [`names`] states for it, in that order.
    pub fn counter(&self, name: CounterName, values: &[&str]) -> Counter {
        self.recorder
            .as_ref()
            .map_or_else(Counter::noop, |recorder| recorder.register_counter(&key(name.metric(), values), &METADATA))
    }

    /// A gauge. `values` are those of the labels that [`names`] states for it, in that order.
    pub fn gauge(&self, name: GaugeName, values: &[&str]) -> Gauge {
        self.recorder
            .as_ref()
            .map_or_else(Gauge::noop, |recorder| recorder.register_gauge(&key(name.metric(), values), &METADATA))
    }

    /// A histogram. `values` are those of the labels that [`names`] states for it, in that order.
    pub fn histogram(&self, name: HistogramName, values: &[&str]) -> Histogram {
        self.recorder.as_ref().map_or_else(Histogram::noop, |recorder| {
            recorder.register_histogram(&key(name.metric(), values), &METADATA)
        })
    }
}

/// Recorders may sort by it; every metric here is of the same importance.
static METADATA: Metadata<'static> = Metadata::new("foundation", Level::INFO, None);

fn key(metric: &Metric, values: &[&str]) -> Key {
    debug_assert_eq!(metric.labels.len(), values.len(), "labels of {}", metric.name);
    let labels: Vec<Label> =
        metric.labels.iter().zip(values).map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
    Key::from_parts(metric.name, labels)
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("recording", &self.recorder.is_some()).finish()
    }
}
