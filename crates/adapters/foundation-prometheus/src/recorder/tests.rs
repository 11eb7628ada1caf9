use metrics::{Label, Level};

use super::*;

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

fn count(recorder: &dyn Recorder, name: &'static str, by: u64) {
    recorder.register_counter(&Key::from_static_name(name), &METADATA).increment(by);
}

fn sample(recorder: &dyn Recorder, name: &'static str, value: f64) {
    recorder.register_histogram(&Key::from_static_name(name), &METADATA).record(value);
}

fn lines(recorder: &PrometheusRecorder) -> Vec<String> {
    recorder.render().lines().map(str::to_owned).collect()
}

#[track_caller]
fn assert_line(lines: &[String], expected: &str) {
    assert!(lines.iter().any(|line| line == expected), "no line `{expected}` in:\n{}", lines.join("\n"));
}

#[test]
fn two_recorders_in_one_process_do_not_mix() {
    let (left, right) = (PrometheusRecorder::new(), PrometheusRecorder::new());
    count(&left, "turns_total", 3);
    count(&right, "turns_total", 4);
    sample(&left, "wait_seconds", 0.002);
    // The macros speak to the recorder of the process, which is nobody's.
    metrics::counter!("turns_total").increment(100);

    assert_line(&lines(&left), "turns_total 3");
    assert_line(&lines(&right), "turns_total 4");
    assert!(!right.render().contains("wait_seconds"), "{}", right.render());
}

#[test]
fn seconds_have_buckets_from_a_microsecond_to_100_s() {
    let recorder = PrometheusRecorder::new();
    for value in [0.000_000_5, 0.002, 250.0] {
        sample(&recorder, "wait_seconds", value);
    }
    let lines = lines(&recorder);
    assert_line(&lines, "# TYPE wait_seconds histogram");
    assert_line(&lines, r#"wait_seconds_bucket{le="0.000001"} 1"#);
    assert_line(&lines, r#"wait_seconds_bucket{le="0.001"} 1"#);
    assert_line(&lines, r#"wait_seconds_bucket{le="0.003"} 2"#);
    assert_line(&lines, r#"wait_seconds_bucket{le="100"} 2"#);
    assert_line(&lines, r#"wait_seconds_bucket{le="+Inf"} 3"#);
    assert_line(&lines, "wait_seconds_count 3");
}

#[test]
fn a_histogram_of_anything_else_is_no_summary() {
    let recorder = PrometheusRecorder::new();
    sample(&recorder, "payload_bytes", 100.0);
    let lines = lines(&recorder);
    assert_line(&lines, "# TYPE payload_bytes histogram");
    assert_line(&lines, r#"payload_bytes_bucket{le="64"} 0"#);
    assert_line(&lines, r#"payload_bytes_bucket{le="256"} 1"#);
}

#[test]
fn samples_stay_after_upkeep_and_render() {
    let recorder = PrometheusRecorder::new();
    sample(&recorder, "wait_seconds", 1.0);
    recorder.run_upkeep();
    sample(&recorder, "wait_seconds", 2.0);
    let first = lines(&recorder);
    assert_line(&first, "wait_seconds_sum 3");
    assert_line(&lines(&recorder), "wait_seconds_sum 3");
}

#[test]
fn descriptions_become_help() {
    let recorder = PrometheusRecorder::new();
    recorder.describe_counter("turns_total".into(), Some(Unit::Count), "Turns that were taken".into());
    count(&recorder, "turns_total", 1);
    let lines = lines(&recorder);
    assert_line(&lines, "# HELP turns_total Turns that were taken");
    assert_line(&lines, "# TYPE turns_total counter");
}

#[test]
fn labels_of_the_runtime_are_on_every_series() {
    let recorder = PrometheusRecorder::with_labels([("node", "a\"b")]).expect("a fit label");
    count(&recorder, "turns_total", 1);
    let key = Key::from_parts("depth", vec![Label::new("lane", "control")]);
    recorder.register_gauge(&key, &METADATA).set(2.5);
    let lines = lines(&recorder);
    assert_line(&lines, r#"turns_total{node="a\"b"} 1"#);
    assert!(lines.iter().any(|line| line.starts_with("depth{") && line.contains(r#"lane="control""#)), "{lines:?}");
}

#[test]
fn a_label_that_prometheus_cannot_read_is_refused() {
    for name in ["", "9lives", "a-b", "__name__", "ä"] {
        let error = PrometheusRecorder::with_labels([(name, "x")]).expect_err(name);
        assert_eq!(error.code(), Code::InvalidInput, "{name}");
    }
}

#[test]
fn the_text_source_renders_the_recorder_it_came_from() {
    let recorder = Arc::new(PrometheusRecorder::new());
    let source = recorder.text_source();
    let as_port: Arc<dyn Recorder + Send + Sync> = recorder;
    count(as_port.as_ref(), "turns_total", 1);
    assert!(source().contains("turns_total 1"));
}
