//! Many studies on one set of ports, by name.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::event::Event;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::{Clock, Monotonic};
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{
    Appended, BatchId, EventLog, Expect, LogLimits, Recorded as Read, Sequence, StreamName,
};
use foundation_core::{Code, Result};
use foundation_memory::Simulation;
use futures_util::future::join4;
use mabeam::{
    Allocation, Answer, Asha, Direction, Goal, LocalStudies, Member, Next, Opened, Params, Pbt, RandomSampler,
    Recorded, Studies, Study, StudyConfig, StudyPorts, Team, TeamConfig, Terms, TpeSampler, TrialState, read_study,
};
use serde_json::json;

use crate::world::{Approach, Disk, space};

const MINUTE: Duration = Duration::from_secs(60);

fn config(name: &str) -> StudyConfig {
    StudyConfig { budget: 10, max_trials: Some(10), ..StudyConfig::new(name, space()) }
}

/// Does all there is to do; answers how much that was.
async fn work(studies: &LocalStudies, study: &str) -> usize {
    let mut told = 0;
    loop {
        match studies.ask(study, "w", MINUTE, MINUTE).await.unwrap() {
            Next::Trial(asked) => {
                let recorded = studies.tell(study, asked.lease(), Answer::Value(0.5)).await.unwrap();
                assert_eq!(recorded, Recorded::Now);
                told += 1;
            }
            Next::Nothing => panic!("nobody else is at work"),
            Next::Finished => return told,
        }
    }
}

#[test]
fn studies_are_begun_found_and_finished_by_name() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        assert_eq!(studies.open(config("one"), Vec::new()).await.unwrap(), Opened::Begun);
        assert_eq!(studies.open(config("two"), Vec::new()).await.unwrap(), Opened::Begun);
        assert_eq!(studies.open(config("one"), Vec::new()).await.unwrap(), Opened::Resumed);
        let patient = StudyConfig { max_failures: 7, ..config("patient") };
        assert_eq!(studies.open(patient.clone(), Vec::new()).await.unwrap(), Opened::Begun);
        assert_eq!(studies.open(patient, Vec::new()).await.unwrap(), Opened::Resumed);
        assert_eq!(studies.names().await.unwrap(), ["one", "patient", "two"]);
        assert_eq!(work(&studies, "one").await, 10);
        assert!(studies.look("one").await.unwrap().is_finished());
        assert_eq!(studies.look("two").await.unwrap().count(TrialState::Completed), 0);
        assert_eq!(work(&studies, "two").await, 10);
    });
}

#[test]
fn a_worker_that_asks_for_an_unfinished_study_opens_it_again() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    world.block_on(async {
        let before = LocalStudies::new(disk.on(&world), []);
        before.open(config("kept"), Vec::new()).await.unwrap();
        let Next::Trial(out) = before.ask("kept", "w", MINUTE, MINUTE).await.unwrap() else { panic!("it has begun") };
        before.stop().await;

        let studies = LocalStudies::new(disk.on(&world), []);
        assert_eq!(studies.look("kept").await.unwrap().trials().len(), 2, "also without opening it");
        assert_eq!(studies.tell("kept", out.lease(), Answer::Value(0.5)).await.unwrap(), Recorded::Now);
        assert_eq!(work(&studies, "kept").await, 9);
        assert_eq!(studies.open(config("kept"), Vec::new()).await.unwrap(), Opened::Resumed);
    });
}

#[test]
fn a_team_that_was_stopped_is_started_again_when_somebody_speaks_to_it() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        studies.open(config("one"), Vec::new()).await.unwrap();
        let Next::Trial(out) = studies.ask("one", "w", MINUTE, MINUTE).await.unwrap() else { panic!("it has begun") };
        studies.stop().await;
        assert_eq!(studies.tell("one", out.lease(), Answer::Value(0.5)).await.unwrap(), Recorded::Now);
    });
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports.clone(), ["digits".to_owned()]);
        studies.open(config("one"), Vec::new()).await.unwrap();
        let code = |result: Result<Opened>| result.unwrap_err().code();
        assert_eq!(code(studies.open(StudyConfig { seed: 9, ..config("one") }, Vec::new()).await), Code::StudyMismatch);
        assert_eq!(code(studies.open(config("digits"), Vec::new()).await), Code::Held);
        assert_eq!(code(studies.open(config("a b"), Vec::new()).await), Code::InvalidStudy);
        assert_eq!(code(studies.open(StudyConfig { slots: 0, ..config("two") }, Vec::new()).await), Code::InvalidStudy);
        let nobody = TeamConfig::one("nobody", serde_json::Value::Null);
        assert_eq!(
            code(studies.open(StudyConfig { team: nobody, ..config("two") }, Vec::new()).await),
            Code::UnknownName
        );
        let goals = vec![Goal { name: "size".to_owned(), direction: Direction::Minimize }];
        let rungs = StudyConfig { goals, schedule: Asha::default().into(), budget: 500, ..config("two") };
        assert_eq!(code(studies.open(rungs, Vec::new()).await), Code::InvalidStudy, "one value decides at a rung");
        let schedule = Pbt::default().into();
        let population = StudyConfig { schedule, budget: 10_000, ..config("two") };
        assert_eq!(
            code(studies.open(population, Vec::new()).await),
            Code::InvalidStudy,
            "its trials go on from checkpoints"
        );
        assert_eq!(studies.ask("three", "w", MINUTE, MINUTE).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(studies.look("three").await.unwrap_err().code(), Code::NotFound);
        assert_eq!(studies.look("a b").await.unwrap_err().code(), Code::InvalidStudy);
        assert_eq!(studies.names().await.unwrap(), ["one"]);

        // A study whose trials wait with checkpoints is not one for workers elsewhere.
        let trained = Study::new("trained", space()).budget(60).scheduler(Asha::default());
        trained.train(&ports, Approach).await.unwrap();
        assert_eq!(studies.ask("trained", "w", MINUTE, MINUTE).await.unwrap_err().code(), Code::StudyMismatch);
    });
}

#[test]
fn a_study_of_a_team_comes_back_with_its_team() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    world.block_on(async {
        let team = Team::new()
            .member("tpe", Arc::new(TpeSampler::default()))
            .member("random", Arc::new(RandomSampler))
            .allocation(Allocation::RoundRobin);
        let study =
            Study::new("team", space()).trials(10).minimize().team(team).ask_tell(&disk.on(&world)).await.unwrap();
        let described = study.look().await.unwrap().config().clone();
        study.stop().await;
        assert_eq!(described.direction, Direction::Minimize);
        let studies = LocalStudies::new(disk.on(&world), []);
        assert_eq!(work(&studies, "team").await, 10);
        assert_eq!(studies.open(described, Vec::new()).await.unwrap(), Opened::Resumed);
    });
}

#[test]
fn a_sampler_keeps_the_settings_that_are_described() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    world.block_on(async {
        let studies = LocalStudies::new(disk.on(&world), []);
        let with =
            |settings: serde_json::Value| StudyConfig { team: TeamConfig::one("tpe", settings), ..config("narrow") };
        let error = studies.open(with(json!({"gamma": 2.0})), Vec::new()).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy, "{error}");
        let narrow = with(json!({"gamma": 0.4}));
        assert_eq!(studies.open(narrow.clone(), Vec::new()).await.unwrap(), Opened::Begun);
        let told = studies.look("narrow").await.unwrap();
        assert_eq!(told.config().team.members[0].settings["gamma"], json!(0.4));
        studies.stop().await;
        // It comes back with them, whether or not somebody describes it again.
        assert_eq!(work(&studies, "narrow").await, 10);
        assert_eq!(studies.open(told.config().clone(), Vec::new()).await.unwrap(), Opened::Resumed);

        let mut unusual = told.config().clone();
        unusual.name = "unusual".to_owned();
        unusual.team.members.push(Member { name: "b".to_owned(), ..unusual.team.members[0].clone() });
        unusual.team.market = Some(Terms { levy: 3, ..Terms::new(2, 1_000, Allocation::SecondPrice) });
        let error = studies.open(unusual, Vec::new()).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy, "a builder of teams cannot say that: {error}");
    });
}

/// A log that takes its time.
#[derive(Debug)]
struct Slow {
    inner: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    random: Mutex<RandomStream>,
}

impl Slow {
    async fn wait(&self) {
        let millis = self.random.lock().unwrap().below(4);
        self.clock.sleep(Duration::from_millis(u64::from(millis))).await;
    }
}

#[async_trait]
impl EventLog for Slow {
    fn limits(&self) -> LogLimits {
        self.inner.limits()
    }

    async fn append(
        &self,
        stream: &StreamName,
        batch: BatchId,
        events: Vec<Event>,
        expect: Expect,
    ) -> Result<Appended> {
        self.wait().await;
        self.inner.append(stream, batch, events, expect).await
    }

    async fn read(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Read>>> {
        let read = self.inner.read(stream, from).await;
        self.wait().await;
        read
    }

    async fn subscribe(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Read>>> {
        self.inner.subscribe(stream, from).await
    }

    async fn head(&self, stream: &StreamName) -> Result<Option<Sequence>> {
        self.wait().await;
        self.inner.head(stream).await
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>> {
        self.inner.streams(prefix).await
    }

    async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()> {
        self.inner.trim(stream, before).await
    }
}

/// Whoever asks for a study that is not there yet does not have it forgotten that somebody begins it meanwhile.
#[test]
fn a_study_that_is_asked_for_while_it_begins_has_one_team() {
    let mut found = 0;
    for seed in 0..100 {
        let world = Simulation::new(seed);
        let ports = Disk::new().on(&world);
        let random = Mutex::new(RandomStream::new(seed, 0));
        let log = Arc::new(Slow { inner: ports.log.clone(), clock: world.clock(), random });
        let studies = LocalStudies::new(StudyPorts { log: log.clone(), ..ports }, []);
        world.block_on(async {
            let early = || async {
                log.wait().await;
                studies.ask("one", "early", MINUTE, Duration::ZERO).await.is_ok()
            };
            let begun = async {
                log.wait().await;
                studies.open(config("one"), Vec::new()).await.unwrap();
            };
            let (one, two, three, ()) = join4(early(), early(), early(), begun).await;
            found += u32::from(one) + u32::from(two) + u32::from(three);
            studies.ask("one", "late", MINUTE, Duration::ZERO).await.unwrap();
            let told = read_study(&*log, "one").await.unwrap().unwrap();
            assert_eq!(told.restarts(), 0, "seed {seed}: a second team has begun to write");
        });
    }
    assert!((30..270).contains(&found), "{found} of 300 found it");
}

#[test]
fn finished_studies_make_room_for_new_ones() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        let small = |name: String| StudyConfig { budget: 1, max_trials: Some(1), slots: 1, ..config(&name) };
        for number in 0..256 {
            studies.open(small(format!("s{number}")), Vec::new()).await.unwrap();
        }
        let error = studies.open(small("one-more".to_owned()), Vec::new()).await.unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted, "{error}");
        assert_eq!(work(&studies, "s7").await, 1);
        assert_eq!(studies.open(small("one-more".to_owned()), Vec::new()).await.unwrap(), Opened::Begun);
        assert!(studies.look("s7").await.unwrap().is_finished());
    });
}

#[test]
fn what_workers_tell_in_several_objectives_makes_the_front_and_survives_a_restart() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    world.block_on(async {
        let studies = LocalStudies::new(disk.on(&world), []);
        let goals = vec![Goal { name: "size".to_owned(), direction: Direction::Minimize }];
        let both = StudyConfig { goals, direction: Direction::Minimize, ..config("both") };
        studies.open(both.clone(), Vec::new()).await.unwrap();
        let mut n_told = 0.0;
        while let Next::Trial(asked) = studies.ask("both", "w", MINUTE, MINUTE).await.unwrap() {
            let refused = studies.tell("both", asked.lease(), Answer::Value(0.5)).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidInput, "{refused}");
            let answer = Answer::Values(vec![n_told, 10.0 - n_told]);
            assert_eq!(studies.tell("both", asked.lease(), answer.clone()).await.unwrap(), Recorded::Now);
            assert_eq!(studies.tell("both", asked.lease(), answer).await.unwrap(), Recorded::Before);
            let other = Answer::Values(vec![n_told, 11.0]);
            assert_eq!(studies.tell("both", asked.lease(), other).await.unwrap_err().code(), Code::Conflict);
            n_told += 1.0;
            if n_told == 5.0 {
                studies.stop().await;
            }
        }
        let summary = studies.summary("both", 0..100).await.unwrap();
        assert_eq!((summary.n_front, summary.count(TrialState::Completed)), (10, 10), "each is best in some weighing");
        assert_eq!(studies.open(both, Vec::new()).await.unwrap(), Opened::Resumed);
        studies.stop().await;
        let again = LocalStudies::new(disk.on(&world), []);
        assert_eq!(again.summary("both", 0..100).await.unwrap(), summary, "from the log alone");
        assert_eq!(again.summary("both", 3..5).await.unwrap().trials, summary.trials[3..5], "without reading it anew");
    });
}

#[test]
fn what_is_enqueued_comes_first_and_once() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        let point = |x: f64| Params::new().with("x", x).with("rate", 0.5);
        let wide = StudyConfig { slots: 1, ..config("known") };
        assert_eq!(studies.open(wide.clone(), vec![point(0.25)]).await.unwrap(), Opened::Begun);
        assert_eq!(studies.open(wide, vec![point(0.25)]).await.unwrap(), Opened::Resumed);
        assert_eq!(studies.enqueue("known", &point(0.75)).await.unwrap(), Recorded::Now);
        for known in [0.25, 0.75] {
            assert_eq!(studies.enqueue("known", &point(known)).await.unwrap(), Recorded::Before);
        }
        for expected in [0.25, 0.75] {
            let Next::Trial(asked) = studies.ask("known", "w", MINUTE, MINUTE).await.unwrap() else {
                panic!("a trial")
            };
            assert_eq!(asked.params().float("x").unwrap(), expected);
            studies.tell("known", asked.lease(), Answer::Value(0.5)).await.unwrap();
        }
    });
}

#[test]
fn a_reason_longer_than_any_event_of_the_log_harms_nobody() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        studies.open(config("long"), Vec::new()).await.unwrap();
        let Next::Trial(asked) = studies.ask("long", "w", MINUTE, MINUTE).await.unwrap() else { panic!("a trial") };
        let told = studies.tell("long", asked.lease(), Answer::Failed("x".repeat(200_000))).await.unwrap();
        assert_eq!(told, Recorded::Now);
        assert_eq!(work(&studies, "long").await, 9);
    });
}

#[test]
fn a_trial_that_is_given_back_goes_to_the_next_worker_at_once() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        studies.open(StudyConfig { slots: 1, ..config("back") }, Vec::new()).await.unwrap();
        let Next::Trial(first) = studies.ask("back", "a", MINUTE, MINUTE).await.unwrap() else { panic!("a trial") };
        // The other one waits for the lease to run out, and is woken before.
        let waiting = studies.ask("back", "b", MINUTE, 10 * MINUTE);
        let released = async { studies.release("back", first.lease()).await.unwrap() };
        let (second, released) = futures_util::future::join(waiting, released).await;
        let Next::Trial(second) = second.unwrap() else { panic!("it is free") };
        assert!(released && second.trial() == first.trial() && second.params() == first.params());
        assert!(!studies.release("back", first.lease()).await.unwrap(), "it is somebody else's");
        let late = studies.tell("back", first.lease(), Answer::Value(0.1)).await.unwrap_err();
        assert_eq!(late.code(), Code::LeaseLost);
        assert_eq!(studies.tell("back", second.lease(), Answer::Value(0.2)).await.unwrap(), Recorded::Now);
        assert!(world.clock().now().since(Monotonic::default()) < MINUTE, "nobody waited for a lease");
    });
}
