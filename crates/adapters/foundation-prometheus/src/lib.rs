//! A Prometheus recorder that a runtime owns.
//!
//! [`PrometheusRecorder`] takes what telemetry emits and gives it back as the text that a Prometheus server scrapes. It
//! is never installed for the whole process: telemetry gets it as an `Arc`, so two runtimes in one process keep two
//! sets of metrics, and a test reads only its own.
//!
//! ```
//! use std::sync::Arc;
//! use foundation_prometheus::PrometheusRecorder;
//! use metrics::{Key, Label, Level, Metadata, Recorder};
//!
//! let recorder = Arc::new(PrometheusRecorder::new());
//!
//! // Telemetry does this; the names stand in its catalogue.
//! let metadata = Metadata::new(module_path!(), Level::INFO, None);
//! let key = Key::from_parts("restarts_total", vec![Label::new("strategy", "one_for_one")]);
//! recorder.register_counter(&key, &metadata).increment(1);
//!
//! // And this is what a scrape reads.
//! assert!(recorder.render().contains(r#"restarts_total{strategy="one_for_one"} 1"#));
//! ```
//!
//! The text is served by whoever holds a closure that makes it, so that the crate that serves does not know this one:
//! [`text_source`](PrometheusRecorder::text_source) is that closure.
//!
//! A sample of a histogram is kept as it came until upkeep sorts it into its bucket. Each scrape does it; where nobody
//! scrapes, [`start_upkeep`](PrometheusRecorder::start_upkeep) does, or memory would grow with every sample.

mod buckets;
mod recorder;
mod upkeep;

pub use recorder::PrometheusRecorder;
pub use upkeep::Upkeep;
