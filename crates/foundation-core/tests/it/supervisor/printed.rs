//! The printed tree.

use foundation_core::{AutoShutdown, ChildSpec, Restart, Supervisor, WhenSpent};

use crate::support::{Diary, Do, SECOND, Worker, each_seed};

#[test]
fn a_tree_is_printed_with_states_restarts_and_mail() {
    each_seed(5, |world, runtime| {
        let worker = |name: &'static str| move || Worker::new(name, &Diary::default());
        let [cache, frail, trainer] = [
            ChildSpec::new("cache", worker("cache")),
            ChildSpec::new("frail", worker("frail")).budget(0, SECOND, WhenSpent::Quarantine),
            ChildSpec::new("trainer-0".to_owned(), worker("trainer")).kind("trainer"),
        ];
        let [busy, spent, restarted] = [&cache, &frail, &trainer].map(ChildSpec::address);
        let last = ChildSpec::new("last", worker("last")).restart(Restart::Temporary).significant(true);
        let trainers = Supervisor::one_for_all().intensity(10, 60 * SECOND).child(trainer);
        let trainers = trainers.auto_shutdown(AutoShutdown::AnySignificant).child(last);
        let tree = Supervisor::rest_for_one()
            .child(cache)
            .child(ChildSpec::supervisor("trainers", trainers).restart(Restart::Transient))
            .child(frail);
        let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
        spent.kill();
        world.run_until_idle();
        restarted.kill();
        world.run_until_idle();
        busy.try_cast(Do::Note(1)).unwrap();
        let text = tree.tree().to_string();
        let expected = "\
name                      process  state        restarts  mail  rules
app                       1.1      running             0     0  rest_for_one, 1 in 5s
├─ cache                  2.1      running             0     1  permanent
├─ trainers               3.1      running             0     0  transient; one_for_all, 10 in 60s, ends with any significant child
│  └─ trainer-0 (trainer) 4.2      running             1     0  permanent
└─ frail                  6.1      quarantined         0     0  permanent";
        let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(spaced(&text), spaced(expected), "\n{text}");
        let columns: Vec<_> = text.lines().map(|line| line.chars().position(|c| c.is_ascii_digit())).collect();
        assert_eq!(columns[1..3], [columns[5], columns[5]], "the columns stand below each other:\n{text}");
        world.run_until_idle();
    });
}

#[test]
fn a_tree_is_data() {
    each_seed(2, |world, runtime| {
        let leaf = ChildSpec::new("leaf", || Worker::new("leaf", &Diary::default()));
        let inner = ChildSpec::supervisor("inner", Supervisor::one_for_one().child(leaf));
        let tree = world.block_on(runtime.supervise("app", Supervisor::one_for_one().child(inner))).unwrap();
        let root = tree.tree();
        let leaf = &root.children[0].children[0];
        assert_eq!((leaf.name.as_str(), leaf.supervisor.is_none(), leaf.mailbox_len), ("leaf", true, 0));
        let bytes = postcard::to_allocvec(&root);
        assert!(bytes.is_ok_and(|bytes| bytes.windows(4).any(|window| window == b"leaf")), "it can be written");
        world.block_on(tree.shutdown());
        assert_eq!(tree.tree().state, foundation_core::ChildState::Stopped);
    });
}
