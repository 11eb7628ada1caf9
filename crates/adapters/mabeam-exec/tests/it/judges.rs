//! A program that judges for critics.

use mabeam::{Direction, Judge as _, Judging, Params};
use mabeam_exec::{Command, ExecJudge};

use crate::world::{PROBE, World};

fn judge(world: &World, words: &str, direction: Direction) -> ExecJudge {
    let command = Command::parse(&format!("{PROBE} {words}")).unwrap();
    ExecJudge::new(command, &world.space, world.settings.clone(), direction, 5).unwrap()
}

#[test]
fn the_values_of_the_last_message_are_the_scores() {
    let world = World::new();
    let (judging, params) = (Judging { seed: 1, critic: 2 }, Params::new().with("x", 0.25));
    let say = r#"say '{{"values":[9]}}' '{{"values":[{x},{critic},{steps}]}}'"#;
    let found = judge(&world, say, Direction::Maximize).judge(&judging, &params).unwrap();
    assert_eq!((found.scores, found.epochs), (vec![0.25, 2.0, 5.0], 0));
    let found = judge(&world, say, Direction::Minimize).judge(&judging, &params).unwrap();
    assert_eq!(found.scores, [-0.25, -2.0, -5.0]);
    assert!(world.settings.output.join("critic-2/attempt-1/stdout.txt").exists());
    // Steps are epochs, and processor time is told.
    let found = judge(&world, "steps {steps} {x}", Direction::Maximize).judge(&judging, &params).unwrap();
    assert_eq!((found.scores.len(), found.epochs, found.cpu_s.is_some()), (1, 5, cfg!(target_os = "linux")));
}

#[test]
fn each_critic_has_its_seed_and_the_same_one_again() {
    let world = World::new();
    let judge = judge(&world, r#"say '{{"values":[{seed}]}}'"#, Direction::Maximize);
    let seed = |critic| judge.judge(&Judging { seed: 1, critic }, &Params::new()).unwrap().scores;
    assert_eq!(seed(0), seed(0));
    assert_ne!(seed(0), seed(1));
}

#[test]
fn a_program_that_cannot_judge_says_why() {
    let world = World::new();
    let judging = Judging { seed: 1, critic: 0 };
    let failing = judge(&world, "fail 3 x why", Direction::Maximize);
    let reason = failing.judge(&judging, &Params::new()).unwrap_err().to_string();
    assert!(reason.contains("exit code 3") && reason.contains("why"), "{reason}");
    let command = Command::parse(&format!("{PROBE} say {{trial}}")).unwrap();
    let settings = world.settings.clone();
    let error = ExecJudge::new(command, &world.space, settings, Direction::Maximize, 1).unwrap_err();
    assert!(error.what().contains("`trial`"), "a judgement has no trial: {error}");
}
