use super::*;

#[test]
fn a_change_names_those_that_came_and_those_that_went() {
    let peer = |(worker, life)| Peer { worker: WorkerId(worker), life };
    let (before, now) = (BTreeMap::from([(0, 1), (1, 1), (2, 3)]), BTreeMap::from([(0, 1), (2, 4), (5, 1)]));
    let change = difference(&before, &now);
    assert_eq!(change.joined, [(2, 4), (5, 1)].map(peer));
    assert_eq!(change.left, [(1, 1), (2, 3)].map(peer));
    assert_eq!(difference(&now, &now), PeerChange::default());
}
