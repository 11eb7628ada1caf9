//! Makes a scenario on which two sides differ smaller, as long as they still do.

use super::scenario::{AutoShutdown, Branch, Id, Node, Scenario};

/// Every scenario that is one step smaller: without a step, without a process and what stands below it, or with one
/// process that is plainer. Large steps come first.
pub(super) fn candidates(scenario: &Scenario) -> Vec<Scenario> {
    let mut found = Vec::new();
    for (branch, _) in scenario.root.branches() {
        for child in &branch.children {
            let id = child.node.id();
            found.push(changed(scenario, |root| {
                edit(root, branch.id, |found| {
                    found.children.retain(|child| child.node.id() != id);
                })
            }));
        }
    }
    for index in 0..scenario.steps.len() {
        let mut smaller = scenario.clone();
        smaller.steps.remove(index);
        found.push(smaller);
    }
    for (branch, _) in scenario.root.branches() {
        for index in 0..branch.children.len() {
            found.push(changed(scenario, |root| {
                edit(root, branch.id, |found| {
                    if let Some(Node::Leaf(leaf)) = found.children.get_mut(index).map(|child| &mut child.node) {
                        leaf.starts.pop();
                    }
                })
            }));
            found.push(changed(scenario, |root| {
                edit(root, branch.id, |found| {
                    if let Some(child) = found.children.get_mut(index) {
                        child.significant = false;
                    }
                })
            }));
        }
        found.push(changed(scenario, |root| {
            edit(root, branch.id, |found| {
                if found.children.iter().all(|child| !child.significant) {
                    found.auto_shutdown = AutoShutdown::Never;
                }
            })
        }));
    }
    found.retain(|smaller| smaller != scenario && is_sound(smaller));
    for (number, smaller) in (0..).zip(&mut found) {
        smaller.number = number;
    }
    found
}

fn changed(scenario: &Scenario, change: impl Fn(&mut Branch)) -> Scenario {
    let mut smaller = scenario.clone();
    change(&mut smaller.root);
    let alive: Vec<Id> = smaller.root.leaves().iter().map(|(_, _, leaf)| leaf.id).collect();
    smaller.steps.retain(|step| step.worker().is_none_or(|id| alive.contains(&id)));
    smaller
}

fn edit(branch: &mut Branch, id: Id, change: impl Fn(&mut Branch) + Copy) {
    if branch.id == id {
        change(branch);
        return;
    }
    for child in &mut branch.children {
        if let Node::Branch(below) = &mut child.node {
            edit(below, id, change);
        }
    }
}

/// Every supervisor has a worker somewhere below that starts with it: that is how its life is seen. A dynamic one is
/// looked at by itself, and has a child at least that says what its children are like.
fn is_sound(scenario: &Scenario) -> bool {
    scenario.root.branches().iter().all(|(branch, _)| branch.is_dynamic() || branch.starts_a_worker())
        && scenario.root.branches().iter().all(|(branch, _)| !branch.children.is_empty())
}

#[cfg(test)]
mod tests;
