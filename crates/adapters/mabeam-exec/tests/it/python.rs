//! A program in another language.

use std::process::Command as Child;

use mabeam_exec::Command;

use crate::world::World;

const SCRIPT: &str = r#"
import json, os, sys
rate = float(sys.argv[1])
for step in range(1, int(os.environ["MABEAM_STEPS"]) + 1):
    print(json.dumps({"step": step, "value": 1 - (rate - json.loads(os.environ["MABEAM_PARAMS"])["x"])}), flush=True)
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_script_is_an_objective() {
    if !Child::new("python3").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: a Python script as objective — no python3 — install Python 3");
        return;
    }
    let world = World::new();
    let file = world.folder.path().join("script.py");
    std::fs::write(&file, SCRIPT).unwrap();
    let command = Command::from_words(["python3", file.to_str().unwrap(), "{x}"]).unwrap();
    let state = world.study(command, |study| study.trials(3)).await;
    // Argument and JSON say the same number, to the last bit.
    assert!(state.trials().iter().all(|trial| trial.value() == Some(1.0)), "{:?}", state.trials());
}
