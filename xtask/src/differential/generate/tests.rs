use super::*;

#[test]
fn the_same_seed_and_number_give_the_same_scenario() {
    for number in 0..50 {
        assert_eq!(scenario(9, number), scenario(9, number));
    }
    assert_ne!(scenario(9, 1), scenario(9, 2));
    assert_ne!(scenario(9, 1), scenario(10, 1));
}

/// What OTP would refuse, or what would end in a race, is never drawn.
#[test]
fn every_scenario_is_one_that_both_sides_can_run() {
    for number in 0..2_000 {
        let scenario = scenario(3, number);
        let branches = scenario.root.branches();
        let leaves = scenario.root.leaves();
        assert!((5..=60).contains(&(branches.len() + leaves.len())), "tree {number}");
        assert!(branches.iter().all(|(_, level)| *level < 4), "tree {number}");
        let (dynamic, others): (Vec<&Branch>, Vec<_>) =
            branches.iter().map(|(branch, _)| *branch).partition(|branch| branch.is_dynamic());
        assert!(others.iter().all(|branch| branch.starts_a_worker()), "tree {number}");
        for branch in dynamic {
            assert!(branch.id > 0 && branch.auto_shutdown == AutoShutdown::Never, "tree {number}, s{}", branch.id);
            let kind = |child: &Child| match &child.node {
                Node::Leaf(leaf) => Some((child.restart, leaf.shutdown, leaf.stubborn)),
                Node::Branch(_) => None,
            };
            let first = branch.children.first().and_then(kind);
            assert!(first.is_some(), "tree {number}, s{}", branch.id);
            assert!(branch.children.iter().all(|child| kind(child) == first), "tree {number}, s{}", branch.id);
        }
        let children = branches.iter().flat_map(|(branch, _)| branch.children.iter().map(move |child| (branch, child)));
        for (branch, child) in children.filter(|(_, child)| child.significant) {
            assert_ne!(child.restart, Restart::Permanent, "tree {number}");
            assert_ne!(branch.auto_shutdown, AutoShutdown::Never, "tree {number}");
        }
        for (_, _, leaf) in leaves {
            let short = leaf.shutdown == Shutdown::Timeout(SHORT_PATIENCE_MS);
            assert_eq!(leaf.stubborn, short, "tree {number}, w{}", leaf.id);
            assert!(!(leaf.stubborn && scenario.waits()), "tree {number}, w{}", leaf.id);
        }
    }
}

#[test]
fn processes_are_numbered_in_the_order_of_their_first_start() {
    let scenario = scenario(4, 11);
    let mut ids = Vec::new();
    collect(&scenario.root, &mut ids);
    let expected: Vec<Id> = (0..).take(ids.len()).collect();
    assert_eq!(ids, expected);
}

fn collect(branch: &Branch, ids: &mut Vec<Id>) {
    ids.push(branch.id);
    for child in &branch.children {
        match &child.node {
            Node::Leaf(leaf) => ids.push(leaf.id),
            Node::Branch(below) => collect(below, ids),
        }
    }
}

#[test]
fn scripts_start_and_stop_dynamic_workers_and_no_others() {
    let (mut starts, mut stops) = (0, 0);
    for number in 0..200 {
        let scenario = scenario(7, number);
        let leaves = scenario.root.leaves();
        let is_dynamic = |id: Id| leaves.iter().any(|(branch, _, leaf)| leaf.id == id && branch.is_dynamic());
        for step in &scenario.steps {
            match step {
                Step::Start(id) => starts += u32::from(is_dynamic(*id)),
                Step::Terminate(id) => stops += u32::from(is_dynamic(*id)),
                _ => continue,
            }
            assert!(step.worker().is_some_and(is_dynamic), "tree {number}: {step}");
        }
    }
    assert!(starts > 200 && stops > 30, "{starts} starts, {stops} stops");
}
