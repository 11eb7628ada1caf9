use clap::CommandFactory as _;

use super::*;

fn parse(line: &str) -> Result<AppCommand, clap::Error> {
    let words = std::iter::once("xtask").chain(line.split_whitespace());
    Xtask::try_parse_from(words).map(|typed| match typed.command {
        Command::App(command) => command,
        light => panic!("{line} is no computing command: {light:?}"),
    })
}

#[test]
fn the_table_is_well_formed() {
    Xtask::command().debug_assert();
}

#[test]
fn every_command_shows_an_example() {
    let table = Xtask::command();
    for name in ["run", "serve", "bench", "chaos", "export", "import", "new-study", "test", "ci", "arch", "doctor"] {
        let command = table.find_subcommand(name).expect(name);
        let help = command.get_after_help().expect(name).to_string();
        assert!(help.contains(&format!("cargo xtask {name}")), "{name}: {help}");
    }
}

#[test]
fn values_out_of_range_are_bad_usage() {
    for line in [
        "run --trials 0",
        "run --agents 0",
        "run --chaos 2",
        "run --http here",
        "run --composition cloud",
        "run --composition cluster --nats-replicas 6",
        "run --study other",
        "run --study study.json",
        "new-study a.toml b.toml",
        "new-study --schema s.json --exec train",
        "chaos",
        "chaos kill9 --kills 0",
        "bench everything",
        "export",
        "import a.export",
        "import a.export --data d --study s",
        "export --format xml --study s f",
        "launch",
    ] {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), i32::from(Failure::USAGE), "{line}");
    }
}

#[test]
fn options_that_contradict_each_other_are_bad_usage() {
    for (line, named) in [
        ("run --agents 3 --slots 2", "--agents 3"),
        ("run --composition memory --data d", "--data"),
        ("serve --composition memory --data d", "--data"),
        ("serve --http off", "--http off"),
        ("run --nats-url nats://h:1", "--nats-"),
        ("run --composition cluster --nats-url nats://h:1 --fresh", "--fresh"),
        ("export --format csv f", "needs --study"),
        ("export --format parquet f", "needs --study"),
        ("export --study s f", "whole folder"),
        ("export --format parquet --study s -", "not to standard output"),
        ("export -", "not to standard output"),
        ("export --format json --study s --salvage f", "--salvage"),
        ("bench --tables", "--tables"),
        ("bench study process --tables", "--tables"),
        ("chaos kill9 --composition memory", "memory"),
        ("chaos kill9 --target events --composition cluster", "--composition"),
        ("chaos storm --composition cluster", "--composition"),
    ] {
        let failure = parse(line).expect(line).check().expect_err(line);
        assert_eq!(failure.exit(), Failure::USAGE, "{line}");
        assert!(failure.to_string().contains(named), "{line}: {failure}");
    }
}

#[test]
fn a_study_is_named_or_is_a_file() {
    for study in ["digits", "study.toml", "folder/lr.toml"] {
        let Ok(AppCommand::Run(args)) = parse(&format!("run --study {study}")) else { panic!("{study}") };
        assert_eq!(args.study, study);
    }
}

#[test]
fn run_without_options_is_the_main_job() {
    let Ok(AppCommand::Run(args)) = parse("run") else { panic!("run alone is complete") };
    assert_eq!(args.study, "digits");
    assert_eq!(args.composition, crate::args::Composition::Embedded);
    assert_eq!(args.http, crate::args::Http::Usual);
    assert_eq!((args.trials, args.budget, args.seed), (None, None, None));
    assert!(args.check().is_ok());
}
