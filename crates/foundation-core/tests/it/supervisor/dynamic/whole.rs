//! A dynamic supervisor as a part of a tree, and its own end.

use std::time::Duration;

use foundation_core::{ChildSpec, DynamicSupervisor, Exit, Refusal, Restart, SendError, Shutdown, Supervisor};

use super::{assert_gone, faulty, plain, started};
use crate::support::{Diary, Do, Fault, SECOND, Worker, each_seed};

#[test]
fn all_children_are_stopped_at_once_each_by_its_own_rule() {
    each_seed(50, |world, runtime| {
        let pool = started(world, runtime);
        let diary = Diary::default();
        let template = faulty(&diary);
        let rules = [
            (Shutdown::Timeout(3 * SECOND), Fault::EndlessTerminate),
            (Shutdown::Timeout(SECOND), Fault::EndlessTerminate),
            (Shutdown::Timeout(9 * SECOND), Fault::None),
            (Shutdown::BrutalKill, Fault::EndlessTerminate),
            (Shutdown::Infinity, Fault::None),
        ];
        let mut children = Vec::new();
        for (rule, fault) in rules {
            for restart in [Restart::Permanent, Restart::Temporary] {
                let template = template.clone().shutdown(rule).restart(restart);
                children.push(world.block_on(pool.start_child(&template, fault)).unwrap());
            }
        }
        assert_eq!(pool.len(), 10);
        let begun = runtime.clock().now();
        pool.address().stop(Exit::Shutdown);
        world.run_until_idle();
        let alive = |children: &[foundation_core::Address<Do>]| -> Vec<usize> {
            children.iter().enumerate().filter(|(_, child)| child.is_alive()).map(|(index, _)| index).collect()
        };
        assert_eq!(alive(&children), [0, 1, 2, 3]);
        world.advance(SECOND);
        assert_eq!(alive(&children), [0, 1]);
        assert!(matches!(world.block_on(pool.address().exited()), Exit::Shutdown));
        assert_eq!(runtime.clock().now() - begun, 3 * SECOND, "the longest patience, not the sum");
        assert!(alive(&children).is_empty());
        assert_eq!(diary.take().iter().filter(|entry| *entry == "w terminate: stopped").count(), 8);
        assert_gone(world, &pool);
        assert!(matches!(world.block_on(pool.shutdown()), Exit::Shutdown), "a second time is no trouble");
    });
}

#[test]
fn a_shutdown_waits_for_a_child_without_limit() {
    each_seed(10, |world, runtime| {
        let pool = started(world, runtime);
        let template = faulty(&Diary::default()).shutdown(Shutdown::Infinity);
        let child = world.block_on(pool.start_child(&template, Fault::EndlessTerminate)).unwrap();
        pool.address().stop(Exit::Shutdown);
        world.advance(999_999 * SECOND);
        assert!(child.is_alive() && pool.address().is_alive());
        // Whoever stops the child meanwhile finds it stopping.
        world.block_on(pool.terminate_child(&child)).unwrap();
        assert_gone(world, &pool);
    });
}

#[test]
fn a_killed_one_takes_its_children_along() {
    each_seed(50, |world, runtime| {
        let pool = started(world, runtime);
        let diary = Diary::default();
        let children = world.block_on(pool.start_many(&plain(&diary), ["a", "b", "c"]));
        let children: Vec<_> = children.into_iter().map(Result::unwrap).collect();
        for child in &children {
            // A child cannot trap the end of its supervisor.
            child.try_cast(Do::with(|ctx| ctx.trap_exits(true))).unwrap();
        }
        world.run_until_idle();
        diary.take();
        let life = pool.address().process_ref();
        pool.address().kill();
        assert!(matches!(world.block_on(pool.address().exited()), Exit::Killed));
        assert_gone(world, &pool);
        for child in children {
            let sent = child.try_cast(Do::Note(1));
            let Err(SendError { reason: Refusal::Stopped(exit), .. }) = sent else { panic!("it takes mail") };
            assert!(matches!(&exit, Exit::Linked { process, .. } if *process == life), "{exit}");
        }
        let mut entries = diary.take();
        entries.sort();
        assert_eq!(entries, ["a dropped", "b dropped", "c dropped"], "no farewells");
    });
}

#[test]
fn under_every_strategy_it_starts_and_stops_in_its_place() {
    type Strategy = fn() -> Supervisor;
    // Whether the end of the child before it, and of the one after it, restarts it.
    let strategies: [(Strategy, bool, bool); 3] = [
        (Supervisor::one_for_one, false, false),
        (Supervisor::rest_for_one, true, false),
        (Supervisor::one_for_all, true, true),
    ];
    for (strategy, before, after) in strategies {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let worker = |name: &'static str| {
                let diary = diary.clone();
                ChildSpec::new(name, move || Worker::new(name, &diary))
            };
            let (first, last) = (worker("first"), worker("last"));
            let (head, tail) = (first.address(), last.address());
            let pool = DynamicSupervisor::new("pool");
            let tree = strategy().intensity(10, SECOND).child(first).child(pool.child_spec("pool")).child(last);
            let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
            let start = || world.block_on(pool.start_child(&plain(&diary), "d")).unwrap();
            let mut child = start();
            for (killed, restarted) in [(&head, before), (&tail, after)] {
                let life = pool.address().process_ref().incarnation;
                killed.kill();
                world.run_until_idle();
                assert_eq!(pool.address().process_ref().incarnation, life + u64::from(restarted));
                assert_eq!((child.is_alive(), pool.is_empty()), (!restarted, restarted));
                if restarted {
                    child = start();
                }
            }
            // An end of one of its children is nobody's concern but its own.
            let lives = [&head, &tail].map(|worker| worker.process_ref().incarnation);
            child.kill();
            world.run_until_idle();
            assert_eq!([&head, &tail].map(|worker| worker.process_ref().incarnation), lives);
            diary.take();
            world.block_on(tree.shutdown());
            let stops: Vec<_> = diary.take().into_iter().filter(|entry| entry.ends_with("stopped")).collect();
            assert_eq!(stops, ["last", "d", "first"].map(|name| format!("{name} terminate: stopped")));
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn it_is_stopped_and_brought_back_on_request() {
    each_seed(10, |world, runtime| {
        let pool = DynamicSupervisor::new("pool");
        let tree = Supervisor::one_for_one().child(pool.child_spec("pool"));
        let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
        let template = plain(&Diary::default());
        let child = world.block_on(pool.start_child(&template, "a")).unwrap();
        world.block_on(tree.terminate_child("pool")).unwrap();
        assert!(!child.is_alive() && !pool.address().is_alive());
        assert!(world.block_on(pool.start_child(&template, "b")).is_err());
        world.block_on(tree.restart_child("pool")).unwrap();
        world.block_on(pool.start_child(&template, "b")).unwrap();
        assert_eq!(pool.len(), 1);
        world.block_on(tree.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_dynamic_supervisor_below_a_dynamic_one() {
    use foundation_core::{ChildTemplate, Context, Process};

    /// Has a supervisor of its own, which ends when this process does.
    struct Room {
        seats: DynamicSupervisor,
        diary: Diary,
    }

    impl Process for Room {
        type Message = ();

        async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
            self.seats.start(ctx.runtime()).await.map_err(foundation_core::Error::from)?;
            ctx.link(&self.seats.address());
            for name in ["x", "y"] {
                let seat = self.seats.start_child(&plain(&self.diary), name).await;
                seat.map_err(foundation_core::Error::from)?;
            }
            Ok(())
        }

        async fn handle(&mut self, _message: (), _ctx: &mut Context<Self>) -> Result<(), Exit> {
            Ok(())
        }
    }

    each_seed(20, |world, runtime| {
        let rooms = started(world, runtime);
        let diary = Diary::default();
        let own = diary.clone();
        let made = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = made.clone();
        let template = ChildTemplate::new("room", move |(): &()| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Room { seats: DynamicSupervisor::new("seats"), diary: own.clone() }
        });
        let room = world.block_on(rooms.start_child(&template, ())).unwrap();
        assert_eq!(diary.take(), ["x init", "y init"]);
        room.kill();
        world.run_until_idle();
        assert!(room.is_alive());
        assert_eq!(made.load(std::sync::atomic::Ordering::Relaxed), 2);
        let mut entries = diary.take();
        entries.sort();
        assert_eq!(entries, ["x dropped", "x init", "y dropped", "y init"]);
        world.block_on(rooms.shutdown());
        assert_gone(world, &rooms);
    });
}

#[test]
fn it_is_printed_with_its_children() {
    each_seed(5, |world, runtime| {
        let pool = DynamicSupervisor::new("sessions").intensity(5, Duration::from_secs(60));
        let diary = Diary::default();
        let cache = ChildSpec::new("cache", move || Worker::new("cache", &diary));
        let tree = Supervisor::rest_for_one().child(cache).child(pool.child_spec("sessions"));
        let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
        let template = plain(&Diary::default());
        let busy = world.block_on(pool.start_child(&template.clone().restart(Restart::Transient), "a")).unwrap();
        let killed = world.block_on(pool.start_child(&template, "b")).unwrap();
        world.block_on(pool.start_child(&template.restart(Restart::Temporary), "c")).unwrap();
        killed.kill();
        world.run_until_idle();
        busy.try_cast(Do::Note(1)).unwrap();
        let text = tree.tree().to_string();
        let expected = "\
name                      process  state        restarts  mail  rules
app                       1.1      running             0     0  rest_for_one, 1 in 5s
├─ cache                  2.1      running             0     0  permanent
└─ sessions               3.1      running             0     0  permanent; dynamic, 5 in 60s
   ├─ plain               4.1      running             0     1  transient
   ├─ plain               5.2      running             1     0  permanent
   └─ plain               6.1      running             0     0  temporary";
        let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(spaced(&text), spaced(expected), "\n{text}");
        world.run_until_idle();
        world.block_on(tree.shutdown());
        assert_gone(world, &pool);
    });
}
