//! Requests are counted by route and status, and no client makes a series of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use foundation_core::Telemetry;
use foundation_http::Settings;
use foundation_memory::VirtualClock;
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use crate::client::{get, on_tokio, serve, settings};

/// Keeps the counters, by their labels.
#[derive(Debug, Default)]
struct Counted(Mutex<BTreeMap<String, Arc<Sum>>>);

#[derive(Debug, Default)]
struct Sum(AtomicU64);

impl CounterFn for Sum {
    fn increment(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<&str> = key.labels().map(|label| label.value()).collect();
        let name = format!("{} {}", key.name(), labels.join(" "));
        Counter::from_arc(self.0.lock().expect("not poisoned").entry(name).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn requests_are_counted_by_route_and_status() {
    on_tokio(async {
        let counted = Arc::new(Counted::default());
        let telemetry = Telemetry::new(counted.clone());
        let server = serve(Settings { telemetry, ..settings(&VirtualClock::new()) }).await;
        for path in ["/metrics", "/metrics", "/healthz", "/a", "/b", "/v1/studies/c"] {
            get(server.address(), path, "").await;
        }
        let counted: Vec<(String, u64)> = counted
            .0
            .lock()
            .expect("not poisoned")
            .iter()
            .map(|(name, sum)| (name.clone(), sum.0.load(Ordering::Relaxed)))
            .collect();
        let series = |labels: &str| format!("foundation_http_requests_total {labels}");
        assert_eq!(counted, [(series("/healthz 200"), 1), (series("/metrics 200"), 2), (series("unknown 404"), 3)]);
    });
}
