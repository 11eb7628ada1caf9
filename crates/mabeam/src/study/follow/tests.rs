use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::{Code, Runtime, RuntimeParts, Telemetry};
use foundation_memory::{MemoryEventLog, MemoryKeyValue, Simulation};

use super::*;
use crate::study::{SearchSpace, Study, StudyPorts, read_study};

#[test]
fn a_log_that_grows_is_read_on_and_tells_what_a_whole_reading_does() {
    let world = Simulation::new(1);
    let ports = StudyPorts {
        runtime: Runtime::new(RuntimeParts {
            clock: world.clock(),
            entropy: world.entropy(),
            spawner: world.spawner(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        }),
        log: Arc::new(MemoryEventLog::new()),
        key_value: Arc::new(MemoryKeyValue::new(world.clock())),
    };
    world.block_on(async {
        let mut followed = Followed::new("s").unwrap();
        assert!(followed.catch_up(&*ports.log).await.unwrap().is_none());
        let space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
        let study = Study::new("s", space).trials(6).ask_tell(&ports).await.unwrap();
        let mut looks = 0;
        while let Some(asked) = study.ask("w", Duration::from_secs(9)).await.unwrap() {
            study.tell(asked.lease(), Ok(0.5)).await.unwrap();
            let whole = read_study(&*ports.log, "s").await.unwrap().unwrap();
            let read = followed.catch_up(&*ports.log).await.unwrap().unwrap();
            assert_eq!(read.summary(0..9), whole.summary(0..9));
            looks += 1;
        }
        assert_eq!(looks, 6);
        let finished = followed.catch_up(&*ports.log).await.unwrap().unwrap();
        assert!(finished.is_finished());
    });
}

#[test]
fn a_name_that_no_study_can_have_is_refused() {
    assert_eq!(Followed::new("a b").unwrap_err().code(), Code::InvalidStudy);
}
