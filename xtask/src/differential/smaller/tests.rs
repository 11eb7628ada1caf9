use super::super::generate;
use super::*;

fn weight(scenario: &Scenario) -> usize {
    let branches = scenario.root.branches();
    let plain = |branch: &Branch| {
        let significant = branch.children.iter().filter(|child| child.significant).count();
        significant + usize::from(branch.auto_shutdown != AutoShutdown::Never)
    };
    let starts: usize = scenario.root.leaves().iter().map(|(_, _, leaf)| leaf.starts.len() + 1).sum();
    branches.iter().map(|(branch, _)| plain(branch) + 1).sum::<usize>() + starts + scenario.steps.len()
}

/// So that making smaller comes to an end, and what comes of it still means something.
#[test]
fn every_candidate_is_smaller_and_sound() {
    for number in 0..30 {
        let scenario = generate::scenario(8, number);
        let found = candidates(&scenario);
        assert!(!found.is_empty(), "tree {number}");
        for (index, smaller) in found.iter().enumerate() {
            assert!(weight(smaller) < weight(&scenario), "tree {number}, candidate {index}");
            assert!(is_sound(smaller), "tree {number}, candidate {index}");
            assert_eq!(smaller.number as usize, index);
        }
    }
}
