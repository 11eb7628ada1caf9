//! What a program gets.

use std::fs;

use foundation_core::Code;
use mabeam::SearchSpace;
use mabeam_exec::{Command, ExecObjective, GuardProgram};

use crate::world::{PROBE, World, probe};

/// Values that a shell would do something with; each names a file that would then be gone or there.
const HOSTILE: [&str; 9] = [
    "; rm -rf canary",
    "$(rm canary)",
    "`touch pwned`",
    "&& touch pwned",
    "| tee pwned",
    "> pwned",
    "a  b\tc\nd",
    "'\"\\",
    "*",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_stays_one_argument_whatever_a_shell_would_make_of_it() {
    let mut world = World::new();
    let place = world.folder.path().join("place");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("canary"), "alive").unwrap();
    world.settings.directory = Some(place.clone());
    world.space = SearchSpace::builder().choice("v", HOSTILE).build().unwrap();
    let command = Command::parse(&format!("{PROBE} argv {{v}} --v={{v}} end")).unwrap();
    let state = world.study(command, |study| study.trials(40)).await;
    let mut seen = Vec::new();
    for trial in state.trials() {
        let value = trial.params.choice("v").unwrap();
        let shown = |text: &str| serde_json::Value::from(text).to_string();
        let expected = [shown(value), shown(&format!("--v={value}")), shown("end"), r#"{"value":1}"#.to_owned()];
        assert_eq!(world.output(trial.id).lines().collect::<Vec<_>>(), expected);
        seen.push(value.to_owned());
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), HOSTILE.len(), "40 trials have seen {seen:?} only");
    assert_eq!(fs::read_to_string(place.join("canary")).unwrap(), "alive");
    let files: Vec<_> = fs::read_dir(&place).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["canary"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parameters_and_the_trial_stand_in_the_environment() {
    let mut world = World::new();
    world.space =
        SearchSpace::builder().float("lr", 0.5, 0.75).choice("act", ["relu", "tanh"]).bool("bias").build().unwrap();
    world.settings.environment.push(("PROBE_EXTRA".to_owned(), "ours".to_owned()));
    world.settings.directory = Some(world.folder.path().to_owned());
    let state = world.study(probe(&["env"]), |study| study.trials(2).seed(5)).await;
    let told = |trial: u64| {
        let output = world.output(trial);
        let told: serde_json::Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
        assert!(output.contains(&format!("in {}", world.folder.path().display())), "{output}");
        told
    };
    let first = told(0);
    let params = serde_json::to_value(&state.trials()[0].params).unwrap();
    let text = first["MABEAM_PARAMS"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(text).unwrap(), params);
    assert_eq!((&first["MABEAM_TRIAL"], &first["MABEAM_STEPS"]), (&"0".into(), &"1".into()));
    assert_eq!((&first["MABEAM_ATTEMPT"], &first["PROBE_EXTRA"]), (&"1".into(), &"ours".into()));
    assert!(first["MABEAM_SEED"].as_str().unwrap().parse::<u32>().is_ok());
    assert_ne!(first["MABEAM_SEED"], told(1)["MABEAM_SEED"]);
    assert_eq!(first.get("MABEAM_EXEC_GUARD"), None, "a program may have guards of its own");
}

#[test]
fn what_every_trial_would_miss_is_told_before_the_first() {
    let mut world = World::new();
    let new = |world: &World, command: &str| {
        ExecObjective::new(Command::parse(command).unwrap(), &world.space, world.settings.clone()).unwrap_err()
    };
    assert_eq!(new(&world, "no-such-program-anywhere {x}").code(), Code::UnknownName);
    let error = new(&world, &format!("{PROBE} argv {{y}}"));
    assert_eq!(error.code(), Code::InvalidConfiguration);
    assert!(error.what().contains("`y`"), "{error}");
    // A program that is no guard, and one that is none and would start itself without an end.
    world.settings.guard = GuardProgram::at(PROBE);
    let error = new(&world, &format!("{PROBE} argv {{x}}"));
    assert!(error.what().contains("guard") && error.what().contains("ended without a word"), "{error}");
    world.settings.guard = GuardProgram::at(world.folder.path().join("nothing"));
    assert!(new(&world, &format!("{PROBE} argv {{x}}")).what().contains("nothing"));
}
