use clap::Parser as _;

use super::*;

#[derive(Debug, clap::Parser)]
struct Line {
    #[command(subcommand)]
    command: AppCommand,
}

fn built(line: &str) -> String {
    let words = std::iter::once("x").chain(line.split_whitespace());
    build_arguments(&Line::try_parse_from(words).expect(line).command).join(" ")
}

#[test]
fn only_bench_is_a_release_build() {
    assert!(built("bench").ends_with("--features app --release"));
    for line in ["run", "serve", "chaos kill9", "export f", "import f --data d"] {
        assert!(built(line).ends_with("--features app --profile job"), "{line}: {}", built(line));
    }
}

#[test]
fn memory_is_counted_where_an_experiment_asks_about_it() {
    assert!(built("chaos tree").contains("--features app,counted-memory "));
    assert!(built("chaos tree --plant orphan-left").contains("--features app,planted-bugs "));
    assert!(!built("chaos calls").contains("counted"));
}

#[test]
fn only_a_planted_bug_builds_planted_bugs() {
    assert!(built("chaos kill9 --plant lost_ack").contains("app,planted-bugs"));
    for line in ["run", "bench", "chaos kill9"] {
        assert!(!built(line).contains("planted"), "{line}");
    }
}
