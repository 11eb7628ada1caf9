use std::time::Duration;

use super::*;

#[test]
fn only_a_tree_has_more_than_one_coordinator() {
    for topology in [Topology::Star, Topology::Mesh, Topology::Ring { pace: Duration::ZERO }] {
        let layout = Layout::new(topology, 100);
        assert_eq!((layout.nodes.len(), layout.nodes[0].members.len()), (1, 100));
    }
    let layout = Layout::new(Topology::Tree { fan_out: 3 }, 5);
    let members = |node: usize| layout.nodes[node].members.clone();
    assert_eq!(members(0), [Member::Node(1), Member::Node(2)]);
    assert_eq!(members(1), [Member::Worker(0), Member::Worker(1)]);
    assert_eq!(members(2), [Member::Worker(2), Member::Worker(3), Member::Worker(4)]);
    assert_eq!(layout.workers, [1, 1, 2, 2, 2]);
}

#[test]
fn a_tree_keeps_to_its_fan_out_has_every_worker_once_and_is_even() {
    for fan_out in 0..7 {
        for n_workers in 1..200 {
            let layout = Layout::new(Topology::Tree { fan_out }, n_workers);
            let mut seen = vec![0; n_workers];
            let mut depths = std::collections::BTreeSet::new();
            for (node, place) in layout.nodes.iter().enumerate() {
                assert!(!place.members.is_empty() && place.members.len() <= fan_out.max(2));
                for member in &place.members {
                    match member {
                        Member::Node(below) => assert_eq!(layout.nodes[*below].parent, Some(node)),
                        Member::Worker(worker) => {
                            seen[*worker] += 1;
                            assert_eq!(layout.workers[*worker], node);
                            let depth = std::iter::successors(Some(node), |node| layout.nodes[*node].parent).count();
                            depths.insert(depth);
                        }
                    }
                }
            }
            assert!(seen.iter().all(|count| *count == 1));
            assert!(depths.last().unwrap() - depths.first().unwrap() <= 1, "{fan_out} {n_workers}: {depths:?}");
        }
    }
}

#[test]
fn whom_a_worker_may_write_to() {
    let living = [1, 3, 4];
    assert_eq!(neighbours(Topology::Star, 1, &living), Vec::<usize>::new());
    assert_eq!(neighbours(Topology::Tree { fan_out: 2 }, 1, &living), Vec::<usize>::new());
    assert_eq!(neighbours(Topology::Mesh, 3, &living), [1, 4]);
    let ring = Topology::Ring { pace: Duration::ZERO };
    assert_eq!(neighbours(ring, 1, &living), [3]);
    assert_eq!(neighbours(ring, 4, &living), [1]);
    assert_eq!(neighbours(ring, 2, &living), [3], "also for one that is not among them");
    assert_eq!(neighbours(ring, 3, &[3]), Vec::<usize>::new());
}
