//! What a start waits for, and what a failed one leaves: nothing.

use foundation_core::port::clock::Clock as _;
use foundation_core::{
    ChildError, ChildTemplate, Code, DynamicSupervisor, Error, Exit, Refusal, Restart, SendError, StartError,
};

use super::{assert_gone, faulty, given_up, plain, scripted, started};
use crate::support::{Diary, Do, Fault, SECOND, Worker, each_seed, failure};

#[test]
fn a_start_waits_for_init() {
    each_seed(30, |world, runtime| {
        let pool = started(world, runtime);
        let diary = Diary::default();
        let child = world.block_on(pool.start_child(&plain(&diary), "a")).unwrap();
        assert!(child.is_alive());
        assert_eq!((diary.take(), pool.len()), (vec!["a init".to_owned()], 1));
        assert_eq!(world.block_on(child.call(|reply| Do::Ask(1, reply), SECOND)).unwrap(), 2);
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_start_waits_for_an_init_that_waits() {
    each_seed(30, |world, runtime| {
        let pool = started(world, runtime);
        let server = runtime.spawn("server", Worker::new("s", &Diary::default()));
        let (clock, callee) = (world.clock(), server.clone());
        let slow = scripted(move |_, own| {
            let (clock, callee) = (clock.clone(), callee.clone());
            async move {
                clock.sleep(2 * SECOND).await;
                // Mail that comes while it starts waits for it.
                own.try_cast(Do::Note(1)).unwrap();
                let answer = callee.call(|reply| Do::Ask(1, reply), SECOND).await;
                assert_eq!(answer.unwrap(), 2);
                clock.sleep(SECOND).await;
                Ok(())
            }
        });
        let begun = runtime.clock().now();
        let child = world.block_on(pool.start_child(&slow, ())).unwrap();
        assert_eq!(runtime.clock().now() - begun, 3 * SECOND);
        assert_eq!(world.block_on(child.call(|reply| Do::Ask(5, reply), SECOND)).unwrap(), 6);
        server.stop(Exit::Normal);
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_deadline_in_the_first_step_of_an_init_is_kept() {
    each_seed(20, |world, runtime| {
        let pool = started(world, runtime);
        let server = runtime.spawn("server", Worker::new("s", &Diary::default()));
        let callee = server.clone();
        let impatient = scripted(move |_, _| {
            let callee = callee.clone();
            async move { callee.call(Do::Keep, SECOND).await.map(drop).map_err(|_| failure("no answer")) }
        });
        let begun = runtime.clock().now();
        let refused = world.block_on(pool.start_child(&impatient, ()));
        assert!(matches!(refused, Err(ChildError::NotStarted(_))), "{refused:?}");
        assert_eq!(runtime.clock().now() - begun, SECOND);
        server.kill();
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_failed_start_tells_why_and_leaves_nothing() {
    type Why = fn(&Exit) -> bool;
    let faults: [(Fault, Why); 3] = [
        (Fault::FailInit, |exit| matches!(exit, Exit::Failed(_))),
        (Fault::PanicInInit, |exit| matches!(exit, Exit::Panicked(text) if text.contains("planned in init"))),
        (Fault::PanicInSettings, |exit| matches!(exit, Exit::Panicked(text) if text.contains("planned in settings"))),
    ];
    for (fault, why) in faults {
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            each_seed(5, |world, runtime| {
                let pool = started(world, runtime);
                let template = faulty(&Diary::default()).restart(restart);
                let Err(ChildError::NotStarted(StartError { child, reason })) =
                    world.block_on(pool.start_child(&template, fault))
                else {
                    panic!("it started")
                };
                assert!(child == "faulty" && why(&reason), "{child}: {reason}");
                world.run_until_idle();
                assert!(pool.is_empty() && !world.tasks().contains(&"faulty"), "it is not restarted");
                assert!(pool.address().is_alive(), "and the supervisor does not mind");
                world.block_on(pool.shutdown());
                assert_gone(world, &pool);
            });
        }
    }
}

#[test]
fn an_init_that_fails_later_leaves_nothing_either() {
    for restart in [Restart::Permanent, Restart::Temporary] {
        each_seed(20, |world, runtime| {
            let pool = started(world, runtime);
            let clock = world.clock();
            let template = scripted(move |_, _| {
                let clock = clock.clone();
                async move {
                    clock.sleep(SECOND).await;
                    Err(failure("planned"))
                }
            });
            let refused = world.block_on(pool.start_child(&template.restart(restart), ()));
            assert!(matches!(&refused, Err(ChildError::NotStarted(_))), "{refused:?}");
            assert_eq!(pool.len(), 0);
            world.block_on(pool.shutdown());
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn a_factory_that_panics_is_a_failed_start() {
    for restart in [Restart::Permanent, Restart::Temporary] {
        each_seed(5, |world, runtime| {
            let pool = started(world, runtime);
            let template = ChildTemplate::new("broken", |(): &()| -> Worker { panic!("planned in the factory") });
            let refused = world.block_on(pool.start_child(&template.restart(restart), ()));
            let Err(ChildError::NotStarted(error)) = refused else { panic!("{refused:?}") };
            assert!(error.to_string().contains("planned in the factory"), "{error}");
            assert_eq!(pool.len(), 0);
            world.block_on(pool.shutdown());
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn a_child_with_nothing_to_do_is_no_error_and_leaves_nothing() {
    for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
        each_seed(10, |world, runtime| {
            let pool = started(world, runtime);
            let idle = scripted(|_, _| async { Err(Exit::Ignore) }).restart(restart);
            let child = world.block_on(pool.start_child(&idle, ())).unwrap();
            assert!(!child.is_alive());
            assert_eq!(pool.len(), 0);
            // Nobody starts it later, so whoever waits for it is told.
            assert!(world.block_on(child.running()).is_err());
            let refused = world.block_on(pool.terminate_child(&child));
            assert!(matches!(refused, Err(ChildError::NotFound(_))), "{refused:?}");
            world.block_on(pool.shutdown());
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn no_more_children_than_it_takes() {
    each_seed(10, |world, runtime| {
        let pool = DynamicSupervisor::new("pool").max_children(2);
        world.block_on(pool.start(runtime)).unwrap();
        let template = plain(&Diary::default());
        let first = world.block_on(pool.start_child(&template, "a")).unwrap();
        let answers = world.block_on(pool.start_many(&template, ["b", "c"]));
        assert!(answers[0].is_ok());
        assert!(matches!(answers[1], Err(ChildError::MaxChildren(2))), "{:?}", answers[1]);
        world.block_on(pool.terminate_child(&first)).unwrap();
        world.block_on(pool.start_child(&template, "d")).unwrap();
        let refused = world.block_on(pool.start_child(&template, "e")).unwrap_err();
        assert_eq!(Error::from(refused).code(), Code::ResourceExhausted);
        assert_eq!(pool.len(), 2);
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_failed_start_does_not_keep_its_place() {
    each_seed(5, |world, runtime| {
        let pool = DynamicSupervisor::new("pool").max_children(1);
        world.block_on(pool.start(runtime)).unwrap();
        let template = faulty(&Diary::default());
        for _ in 0..3 {
            let refused = world.block_on(pool.start_child(&template, Fault::FailInit));
            assert!(matches!(refused, Err(ChildError::NotStarted(_))), "{refused:?}");
        }
        world.block_on(pool.start_child(&template, Fault::None)).unwrap();
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn many_are_started_at_once_and_answered_in_order() {
    each_seed(30, |world, runtime| {
        let pool = started(world, runtime);
        let clock = world.clock();
        // The later it was asked for, the sooner it is up; one in three fails.
        let template = ChildTemplate::new("slow", move |number: &u32| Late { number: *number, clock: clock.clone() });
        let begun = runtime.clock().now();
        let answers = world.block_on(pool.start_many(&template, 0..9));
        assert_eq!(runtime.clock().now() - begun, 9 * SECOND, "they start beside each other");
        for (number, answer) in (0..9).zip(answers) {
            match answer {
                Ok(child) => {
                    assert_ne!(number % 3, 0);
                    assert_eq!(world.block_on(child.call(|reply| reply, SECOND)).unwrap(), number);
                }
                Err(ChildError::NotStarted(error)) => {
                    assert_eq!(number % 3, 0);
                    assert!(error.to_string().contains(&format!("number {number}")), "{error}");
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(pool.len(), 6);
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

struct Late {
    number: u32,
    clock: std::sync::Arc<foundation_memory::VirtualClock>,
}

impl foundation_core::Process for Late {
    type Message = foundation_core::Reply<u32>;

    async fn init(&mut self, _ctx: &mut foundation_core::Context<Self>) -> Result<(), Exit> {
        self.clock.sleep((9 - self.number) * SECOND).await;
        if self.number.is_multiple_of(3) { Err(failure(&format!("number {}", self.number))) } else { Ok(()) }
    }

    async fn handle(
        &mut self,
        reply: foundation_core::Reply<u32>,
        _ctx: &mut foundation_core::Context<Self>,
    ) -> Result<(), Exit> {
        reply.send(self.number);
        Ok(())
    }
}

#[test]
fn a_start_that_nobody_waits_for_goes_on() {
    each_seed(20, |world, runtime| {
        let pool = started(world, runtime);
        let clock = world.clock();
        let slow = scripted(move |_, _| {
            let clock = clock.clone();
            async move {
                clock.sleep(SECOND).await;
                Ok(())
            }
        });
        assert!(given_up(world, pool.start_child(&slow, ())));
        assert_eq!(pool.len(), 1);
        world.advance(2 * SECOND);
        let children = pool.children();
        assert_eq!(children.len(), 1);
        assert_eq!(children[0].state, foundation_core::ChildState::Running);
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_supervisor_that_does_not_run_takes_no_child() {
    each_seed(5, |world, runtime| {
        let pool = DynamicSupervisor::new("pool");
        let template = plain(&Diary::default());
        let refused = world.block_on(pool.start_child(&template, "a"));
        assert!(matches!(refused, Err(ChildError::SupervisorDown(Refusal::NotRunning))), "{refused:?}");
        world.block_on(pool.start(runtime)).unwrap();
        let again = world.block_on(pool.start(runtime)).unwrap_err();
        assert!(again.to_string().contains("it runs already"), "{again}");
        let child = world.block_on(pool.start_child(&template, "a")).unwrap();
        world.block_on(pool.shutdown());
        let refused = world.block_on(pool.start_child(&template, "b"));
        let Err(ChildError::SupervisorDown(Refusal::Stopped(Exit::Shutdown))) = refused else { panic!("{refused:?}") };
        let sent = child.try_cast(Do::Note(1));
        assert!(matches!(sent, Err(SendError { reason: Refusal::Stopped(Exit::Shutdown), .. })));
        assert_gone(world, &pool);
        // It may run again, and begins without children.
        world.block_on(pool.start(runtime)).unwrap();
        assert!(pool.is_empty());
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}
