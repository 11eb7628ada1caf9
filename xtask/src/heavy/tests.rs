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
fn only_a_planted_bug_builds_planted_bugs() {
    assert!(built("chaos kill9 --plant lost_ack").contains("app,planted-bugs"));
    for line in ["run", "bench", "chaos kill9"] {
        assert!(!built(line).contains("planted"), "{line}");
    }
}
