//! Dynamic supervisors in parts.

use std::collections::BTreeSet;

use foundation_core::{DynamicSupervisor, Exit, PartitionSupervisor, Supervisor};

use super::plain;
use crate::support::{Diary, SECOND, each_seed};

fn four() -> PartitionSupervisor {
    PartitionSupervisor::new("pool", 4, |_| DynamicSupervisor::new("part").intensity(1, SECOND))
}

fn place(parts: &PartitionSupervisor, key: &str) -> usize {
    let part = parts.part(&key).address();
    parts.parts().iter().position(|other| other.address() == part).unwrap()
}

#[test]
fn a_key_has_its_part_and_keys_have_all_parts() {
    let (parts, others) = (four(), four());
    let keys: Vec<String> = (0..200).map(|key| format!("user {key}")).collect();
    let places: Vec<usize> = keys.iter().map(|key| place(&parts, key)).collect();
    assert_eq!(places, keys.iter().map(|key| place(&others, key)).collect::<Vec<_>>(), "on every machine");
    let counts: Vec<usize> = (0..4).map(|part| places.iter().filter(|place| **place == part).count()).collect();
    assert!(counts.iter().all(|count| (20..100).contains(count)), "{counts:?}");
    let alone = PartitionSupervisor::new("pool", 0, |_| DynamicSupervisor::new("part"));
    assert_eq!((alone.parts().len(), place(&alone, "any")), (1, 0));
}

#[test]
fn a_part_that_gives_up_is_restarted_alone() {
    each_seed(30, |world, runtime| {
        let parts = four();
        let tree = Supervisor::one_for_one().child(parts.child_spec("parts"));
        let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
        let template = plain(&Diary::default());
        let mut children = Vec::new();
        let mut seen = BTreeSet::new();
        for key in 0_u32.. {
            if seen.len() == 4 {
                break;
            }
            seen.insert(parts.part(&key).address().process_ref().process);
            let child = world.block_on(parts.part(&key).start_child(&template, "a")).unwrap();
            children.push((key, child));
        }
        let victim = children[0].1.clone();
        let hit = parts.part(&children[0].0).address();
        for _ in 0..2 {
            victim.kill();
            world.run_until_idle();
        }
        for part in parts.parts() {
            let expected = if part.address() == hit { 2 } else { 1 };
            assert_eq!(part.address().process_ref().incarnation, expected);
            assert_eq!(part.is_empty(), expected == 2);
        }
        for (key, child) in &children {
            assert_eq!(child.is_alive(), parts.part(key).address() != hit);
        }
        world.block_on(parts.part(&children[0].0).start_child(&template, "b")).unwrap();
        assert!(matches!(world.block_on(tree.shutdown()), Exit::Shutdown));
        assert!(parts.parts().iter().all(DynamicSupervisor::is_empty));
        assert_eq!(world.tasks(), [""; 0], "no task is left");
    });
}

#[test]
fn parts_stand_in_the_printed_tree() {
    each_seed(2, |world, runtime| {
        let parts = four();
        let tree = world.block_on(runtime.supervise("pool", parts.supervisor())).unwrap();
        world.block_on(parts.parts()[2].start_child(&plain(&Diary::default()), "a")).unwrap();
        let root = tree.tree();
        let names: Vec<_> = root.children.iter().map(|part| part.name.to_string()).collect();
        assert_eq!(names, ["pool-0", "pool-1", "pool-2", "pool-3"]);
        assert_eq!(root.children.iter().map(|part| part.children.len()).collect::<Vec<_>>(), [0, 0, 1, 0]);
        world.block_on(tree.shutdown());
    });
}
