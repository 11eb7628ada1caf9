//! Process groups, as in OTP's `pg`.

use foundation_core::registry::{GroupChange, GroupWatch, ProcessGroups};
use foundation_core::{Address, Code, Runtime};
use futures_util::{FutureExt as _, StreamExt as _};

use super::name;
use crate::support::{Diary, Do, Worker, each_seed};

fn worker(runtime: &Runtime) -> Address<Do> {
    runtime.spawn("worker", Worker::new("w", &Diary::default()))
}

fn told(watch: &mut GroupWatch<Do>) -> Vec<GroupChange> {
    std::iter::from_fn(|| watch.next().now_or_never().flatten()).collect()
}

#[test]
fn who_joins_twice_leaves_twice_and_the_dead_leave_all() {
    each_seed(8, |world, runtime| {
        let groups = ProcessGroups::new();
        let (a, b) = (worker(runtime), worker(runtime));
        let (x, y) = (name("x"), name("y"));
        for (group, member) in [(&x, &a), (&x, &b), (&x, &a), (&y, &a)] {
            groups.join(group, member).unwrap();
        }
        let before = groups.members(&x);
        assert_eq!(*before, [a.clone(), b.clone(), a.clone()]);
        assert!(groups.leave(&x, &a));
        assert_eq!(*groups.members(&x), [a.clone(), b.clone()]);
        assert!(groups.leave(&x, &a) && !groups.leave(&x, &a));
        assert_eq!(before.len(), 3, "a snapshot stays as it was");
        groups.join(&x, &a).unwrap();

        a.kill();
        world.run_until_idle();
        assert_eq!(groups.members(&x).to_vec(), vec![b.clone()]);
        assert!(groups.groups().iter().eq([&x]));
        assert_eq!(groups.join(&x, &a).unwrap_err().code(), Code::ProcessDown);
        assert!(groups.leave(&x, &b) && groups.groups().is_empty());
    });
}

#[test]
fn a_watcher_of_a_group_hears_who_joins_and_leaves() {
    each_seed(4, |world, runtime| {
        let groups = ProcessGroups::new();
        let (a, b) = (worker(runtime), worker(runtime));
        let x = name("x");
        groups.join(&x, &a).unwrap();
        let mut watch = groups.monitor(&x, 2);
        let (of_a, of_b) = (a.process_ref(), b.process_ref());
        assert_eq!(told(&mut watch), [GroupChange::Joined(of_a), GroupChange::Current]);
        groups.join(&x, &b).unwrap();
        a.kill();
        world.run_until_idle();
        assert_eq!(told(&mut watch), [GroupChange::Joined(of_b), GroupChange::Left(of_a)]);
        for _ in 0..3 {
            groups.join(&x, &b).unwrap();
        }
        let all = std::iter::repeat_n(GroupChange::Joined(of_b), 4);
        let expected: Vec<_> = [GroupChange::Missed].into_iter().chain(all).chain([GroupChange::Current]).collect();
        assert_eq!(told(&mut watch), expected);
    });
}
