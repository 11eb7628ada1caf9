//! What is declared is what is emitted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foundation_core::ecosystem::{Isolation, Stop};
use foundation_core::event::{EventSource, EventType, NodeId};
use foundation_core::port::storage::{BatchId, EventLog, Expect, StreamName};
use foundation_core::telemetry::names::{ALL, Kind};
use foundation_core::{ChildSpec, EcosystemSettings, MeasuredEventLog, Supervisor, Telemetry};
use foundation_memory::{MemoryEventLog, Simulation};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use parking_lot::Mutex;

use crate::ecosystem::{self, Task};
use crate::support::{Diary, Do, SECOND, Worker, runtime_on};

/// Keeps what it is told.
#[derive(Debug, Default)]
struct Notebook {
    described: Mutex<BTreeMap<String, (&'static str, Option<Unit>)>>,
    series: Mutex<BTreeMap<String, Series>>,
}

#[derive(Clone, Debug)]
struct Series {
    name: String,
    kind: &'static str,
    labels: Vec<String>,
    value: Arc<Value>,
}

/// Sum of a counter, bits of a gauge, number of samples of a histogram.
#[derive(Debug, Default)]
struct Value(AtomicU64);

impl CounterFn for Value {
    fn increment(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.fetch_max(value, Ordering::Relaxed);
    }
}

impl GaugeFn for Value {
    fn increment(&self, _: f64) {
        panic!("gauges are set here");
    }

    fn decrement(&self, _: f64) {
        panic!("gauges are set here");
    }

    fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }
}

impl HistogramFn for Value {
    fn record(&self, value: f64) {
        assert!(value >= 0.0);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Notebook {
    fn value(&self, kind: &'static str, key: &Key) -> Arc<Value> {
        let series = Series {
            name: key.name().to_owned(),
            kind,
            labels: key.labels().map(|label| label.key().to_owned()).collect(),
            value: Arc::default(),
        };
        Arc::clone(&self.series.lock().entry(key.to_string()).or_insert(series).value)
    }

    fn read(&self, series: &str) -> u64 {
        let all = self.series.lock();
        all.get(series).unwrap_or_else(|| panic!("no {series} among {:?}", all.keys())).value.0.load(Ordering::Relaxed)
    }
}

impl Recorder for Notebook {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.described.lock().insert(name.as_str().to_owned(), ("counter", unit));
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.described.lock().insert(name.as_str().to_owned(), ("gauge", unit));
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.described.lock().insert(name.as_str().to_owned(), ("histogram", unit));
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.value("counter", key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.value("gauge", key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.value("histogram", key))
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

#[test]
fn a_run_emits_what_is_declared_and_nothing_else() {
    let notebook = Arc::new(Notebook::default());
    let world = Simulation::new(1);
    let telemetry = Telemetry::new(Arc::clone(&notebook) as _);
    let runtime = runtime_on(&world, telemetry.clone());

    let spec = ChildSpec::new("worker", || Worker::new("w", &Diary::default()));
    let worker = spec.address();
    world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
    worker.kill();
    world.run_until_idle();
    worker.try_cast(Do::Sleep(SECOND)).unwrap();
    world.run_until_idle();
    worker.try_cast(Do::Note(1)).unwrap();
    worker.try_cast(Do::Note(2)).unwrap();
    runtime.refresh_metrics();
    assert_eq!(notebook.read("Key(foundation_process_starts_total)"), 3, "supervisor, child, child again");
    assert_eq!(notebook.read("Key(foundation_process_restarts_total, [child = worker])"), 1);
    assert_eq!(notebook.read("Key(foundation_process_messages_total, [outcome = handled])"), 1);
    assert_eq!(f64::from_bits(notebook.read("Key(foundation_process_mailbox_messages, [process = worker])")), 2.0);
    worker.kill();
    world.run_until_idle();
    runtime.refresh_metrics();
    assert_eq!(f64::from_bits(notebook.read("Key(foundation_process_mailbox_messages, [process = worker])")), 0.0);
    assert_eq!(notebook.read("Key(foundation_process_messages_total, [outcome = undelivered])"), 2);

    let settings = EcosystemSettings { queue: 1, ..EcosystemSettings::default() };
    let (ecosystem, _) = ecosystem::start(&world, &runtime, settings);
    let job = ecosystem.try_submit(Task::Falter(1, 7)).unwrap();
    ecosystem.try_submit(Task::Give(8)).unwrap_err();
    assert_eq!(f64::from_bits(notebook.read("Key(foundation_ecosystem_backlog_items, [ecosystem = hands])")), 1.0);
    world.block_on(job).unwrap();
    world.block_on(ecosystem.run(Task::Refuse)).unwrap_err();
    drop(ecosystem.try_submit(Task::Give(9)).unwrap());
    let cut_off = ecosystem.try_submit(Task::Give(10)).unwrap();
    world.block_on(ecosystem.shutdown(Stop::Now));
    world.block_on(cut_off).unwrap_err();
    for outcome in ["done", "failed", "cancelled", "shut_down", "refused"] {
        let items = format!("Key(foundation_ecosystem_items_total, [ecosystem = hands, outcome = {outcome}])");
        assert_eq!(notebook.read(&items), 1, "{outcome}");
    }
    assert_eq!(notebook.read("Key(foundation_ecosystem_redistributed_total, [ecosystem = hands])"), 1);

    let isolation = Isolation::new(&runtime, "test");
    world.block_on(isolation.run("work", None, |_| 1)).unwrap();
    world.block_on(isolation.run("work", None, |_| panic!("planned"))).unwrap_err();
    drop(isolation.run("work", None, |_| 1));
    assert_eq!(f64::from_bits(notebook.read("Key(foundation_isolated_abandoned_threads, [owner = test])")), 1.0);
    world.run_until_idle();
    assert_eq!(f64::from_bits(notebook.read("Key(foundation_isolated_abandoned_threads, [owner = test])")), 0.0);
    for outcome in ["done", "panicked", "cancelled"] {
        let runs = format!("Key(foundation_isolated_runs_total, [owner = test, outcome = {outcome}])");
        assert_eq!(notebook.read(&runs), 1, "{outcome}");
    }

    let log = MeasuredEventLog::new(Arc::new(MemoryEventLog::new()), world.clock(), &telemetry);
    let source = EventSource::new(world.clock(), world.entropy(), NodeId::new("test").unwrap());
    let stream = StreamName::new("test").unwrap();
    let events = || {
        let kind = EventType::new("test.happened").unwrap();
        vec![source.event(kind.clone(), 1, vec![1]), source.event(kind, 1, vec![2])]
    };
    world.block_on(async {
        assert!(!log.append(&stream, BatchId(1), events(), Expect::Empty).await.unwrap().duplicate);
        assert!(log.append(&stream, BatchId(1), events(), Expect::Any).await.unwrap().duplicate);
        log.append(&stream, BatchId(2), events(), Expect::Empty).await.unwrap_err();
    });
    for (outcome, count) in [("appended", 1), ("duplicate", 1), ("failed", 1)] {
        assert_eq!(notebook.read(&format!("Key(foundation_log_appends_total, [outcome = {outcome}])")), count);
    }
    assert_eq!(notebook.read("Key(foundation_log_events_total)"), 2);
    assert_eq!(notebook.read("Key(foundation_log_append_seconds)"), 3);

    let described: BTreeMap<_, _> =
        ALL.iter().map(|metric| (metric.name.to_owned(), (kind(metric.kind), metric.unit))).collect();
    assert_eq!(*notebook.described.lock(), described);
    let mut emitted = BTreeSet::new();
    for series in notebook.series.lock().values() {
        let metric = ALL.iter().find(|metric| metric.name == series.name).expect("a declared name");
        assert_eq!(
            (kind(metric.kind), metric.labels.to_vec()),
            (series.kind, series.labels.iter().map(String::as_str).collect::<Vec<_>>())
        );
        emitted.insert(metric.name);
    }
    // What mabeam and foundation-http declare, their own tests look for.
    let declared: BTreeSet<_> = ALL
        .iter()
        .map(|metric| metric.name)
        .filter(|name| name.starts_with("foundation_") && !name.starts_with("foundation_http_"))
        .collect();
    assert_eq!(emitted, declared);
}

#[test]
fn a_runtime_without_telemetry_counts_in_its_ledger_all_the_same() {
    let world = Simulation::new(1);
    let runtime = runtime_on(&world, Telemetry::none());
    let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
    worker.try_cast(Do::Note(1)).unwrap();
    world.run_until_idle();
    runtime.refresh_metrics();
    assert_eq!(runtime.ledger().handled, 1);
}
