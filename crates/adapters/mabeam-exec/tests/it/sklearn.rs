//! The example that tunes scikit-learn: its program is an objective that can be stopped at rungs.

use std::path::Path;
use std::process::Command as Child;

use mabeam::{Asha, SearchSpace, TrialState};
use mabeam_exec::Command;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_digits_of_scikit_learn_are_learned_by_a_program() {
    let import = Child::new("python3").args(["-c", "import sklearn"]).output();
    if !import.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: the example sklearn-digits — no scikit-learn — cargo xtask doctor --install");
        return;
    }
    let mut world = World::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../examples/sklearn-digits");
    world.settings.directory = Some(example);
    world.settings.environment.push(("OMP_NUM_THREADS".to_owned(), "1".to_owned()));
    world.space = SearchSpace::builder().log_float("lr", 1e-4, 1e-1).choice("act", ["relu", "tanh"]).build().unwrap();
    let command =
        Command::parse("python3 train.py --hidden 32 --lr {lr} --batch 32 --l2 1e-4 --momentum 0.9 --act {act}");
    let asha = Asha { rungs: vec![1, 3], ..Asha::default() };
    let state = world.study(command.unwrap(), |study| study.trials(4).scheduler(asha)).await;
    assert!(state.trials().iter().all(|trial| trial.state != TrialState::Failed), "{:?}", state.trials());
    // Nine in ten digits after three epochs at most; guessing gets one.
    assert!(state.best().unwrap().value().unwrap() > 0.7, "{:?}", state.best());
}
