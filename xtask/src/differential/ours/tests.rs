use super::super::scenario::{How, Leaf, Start};
use super::super::trace::Class;
use super::*;

fn leaf(id: Id, starts: Vec<(u32, Start)>) -> Child {
    let leaf = Leaf { id, shutdown: Shutdown::Infinity, stubborn: false, starts };
    Child { restart: Restart::Permanent, significant: false, node: Node::Leaf(leaf) }
}

fn scenario(intensity: u32, children: Vec<Child>, steps: Vec<Step>) -> Scenario {
    let (strategy, auto_shutdown) = (Strategy::OneForAll, AutoShutdown::Never);
    let root = Branch { id: 0, strategy, intensity, period_s: 5, auto_shutdown, children };
    Scenario { number: 0, root, steps }
}

fn seen_by_root(run: &Run) -> Vec<(u32, Id, u32, What)> {
    run.trace.events[&Some(0)].iter().map(|event| (event.step, event.child, event.life, event.what)).collect()
}

#[test]
fn a_supervisor_that_restarts_all_is_seen_to_do_so() {
    let tree = scenario(1, vec![leaf(1, Vec::new()), leaf(2, Vec::new())], vec![Step::Stop(1, How::Kill)]);
    let run = run(&tree, 1).expect("an end");
    let stopped = What::Ended { class: Class::Shutdown, farewell: true };
    let killed = What::Ended { class: Class::Killed, farewell: false };
    let expected = vec![
        (0, 1, 1, What::Starts),
        (0, 2, 1, What::Starts),
        (1, 1, 1, killed),
        (1, 2, 1, stopped),
        (1, 1, 2, What::Starts),
        (1, 2, 2, What::Starts),
        (2, 2, 2, stopped),
        (2, 1, 2, stopped),
    ];
    assert_eq!(seen_by_root(&run), expected);
    assert_eq!(run.gave_up, 0);
}

#[test]
fn starts_that_fail_are_seen_and_count_until_the_supervisor_gives_up() {
    let starts = vec![(2, Start::Panics), (3, Start::Fails)];
    let tree = scenario(2, vec![leaf(1, starts)], vec![Step::Stop(1, How::Fail)]);
    let run = run(&tree, 1).expect("an end");
    let crashed = What::Ended { class: Class::Crash, farewell: true };
    let expected = vec![
        (0, 1, 1, What::Starts),
        (1, 1, 1, crashed),
        (1, 1, 2, What::Starts),
        (1, 1, 2, What::Fails),
        (1, 1, 3, What::Starts),
        (1, 1, 3, What::Fails),
    ];
    assert_eq!(seen_by_root(&run), expected);
    assert_eq!(run.gave_up, 1);
}

#[test]
fn what_runs_next_makes_no_difference() {
    for number in 0..20 {
        let scenario = super::super::generate::scenario(5, number);
        assert_eq!(run(&scenario, 1), run(&scenario, 2), "tree {number} of seed 5");
    }
}

#[test]
fn a_dynamic_supervisor_is_seen_to_begin_and_to_begin_anew_without_children() {
    let dynamic = Branch {
        id: 1,
        strategy: Strategy::SimpleOneForOne,
        intensity: 1,
        period_s: 5,
        auto_shutdown: AutoShutdown::Never,
        children: vec![leaf(2, Vec::new()), leaf(3, Vec::new())],
    };
    let dynamic = Child { restart: Restart::Permanent, significant: false, node: Node::Branch(dynamic) };
    let mut tree = scenario(1, vec![dynamic, leaf(4, Vec::new())], Vec::new());
    tree.root.strategy = Strategy::OneForOne;
    let kill = Step::Stop(2, How::Kill);
    tree.steps = vec![Step::Start(2), Step::Start(3), kill, Step::Terminate(3), kill, Step::Start(3), Step::Start(3)];
    let run = run(&tree, 1).expect("an end");
    let stopped = What::Ended { class: Class::Shutdown, farewell: true };
    let ended = What::Ended { class: Class::Shutdown, farewell: false };
    let killed = What::Ended { class: Class::Killed, farewell: false };
    let expected = vec![
        (0, 1, 1, What::Starts),
        (0, 4, 1, What::Starts),
        (5, 1, 1, ended),
        (5, 1, 2, What::Starts),
        (8, 4, 1, stopped),
        (8, 1, 2, ended),
    ];
    assert_eq!(seen_by_root(&run), expected);
    let seen: Vec<_> = run.trace.events[&Some(1)].iter().map(|at| (at.step, at.child, at.life, at.what)).collect();
    let expected = vec![
        (1, 2, 1, What::Starts),
        (2, 3, 1, What::Starts),
        (3, 2, 1, killed),
        (3, 2, 2, What::Starts),
        (4, 3, 1, stopped),
        (5, 2, 2, killed),
        (6, 3, 2, What::Starts),
        (8, 3, 2, stopped),
    ];
    assert_eq!(seen, expected);
    assert_eq!(run.gave_up, 1);
}
