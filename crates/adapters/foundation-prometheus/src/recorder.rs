//! The recorder.

use std::fmt;
use std::sync::Arc;

use foundation_core::{Code, Error};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{self as exporter, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::buckets;

/// Keeps the metrics of one runtime and renders them as Prometheus text.
///
/// A histogram whose name ends in `_seconds` has buckets from 1 µs to 100 s, any other one buckets from 1 to 2³⁰;
/// none becomes a summary, because quantiles of two summaries cannot be put together.
pub struct PrometheusRecorder {
    recorder: exporter::PrometheusRecorder,
    handle: PrometheusHandle,
}

impl PrometheusRecorder {
    /// A recorder without labels of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::from_builder(builder())
    }

    /// A recorder that puts `labels` on every series: which node, which composition.
    ///
    /// # Errors
    /// [`Code::InvalidInput`] where the name of a label is not `[a-zA-Z_][a-zA-Z0-9_]*`, or begins with the two
    /// underscores that Prometheus keeps for itself.
    pub fn with_labels<'a>(labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let mut builder = builder();
        for (name, value) in labels {
            if !is_label_name(name) {
                return Err(Error::new(Code::InvalidInput, format!("label every metric with `{name}`"))
                    .advise("use letters, digits and underscores, with a letter first"));
            }
            builder = builder.add_global_label(name, value);
        }
        Ok(Self::from_builder(builder))
    }

    fn from_builder(builder: PrometheusBuilder) -> Self {
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    /// Renders every metric in Prometheus' text format, version 0.0.4. Does the upkeep first.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Sorts the samples of histograms that came since the last time into their buckets.
    pub fn run_upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// A closure that renders, for a server that does not know this crate.
    #[must_use]
    pub fn text_source(self: &Arc<Self>) -> Arc<dyn Fn() -> String + Send + Sync> {
        let recorder = Arc::clone(self);
        Arc::new(move || recorder.render())
    }
}

impl Default for PrometheusRecorder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PrometheusRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusRecorder").finish_non_exhaustive()
    }
}

impl Recorder for PrometheusRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.recorder.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.recorder.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.recorder.register_histogram(key, metadata)
    }
}

fn builder() -> PrometheusBuilder {
    // Both calls refuse an empty list of bounds and nothing else, and these are constants.
    let with_counts = PrometheusBuilder::new().set_buckets(&buckets::COUNTS);
    with_counts
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &buckets::SECONDS))
        .unwrap_or_default()
}

fn is_label_name(name: &str) -> bool {
    let mut characters = name.chars();
    let first_fits = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let rest_fits = characters.all(|character| character.is_ascii_alphanumeric() || character == '_');
    first_fits && rest_fits && !name.starts_with("__")
}

#[cfg(test)]
mod tests;
