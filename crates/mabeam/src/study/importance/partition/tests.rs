use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;

use super::{Axis, Decomposition, Partition};
use crate::study::importance::regression::{Cut, Node, Tree};

const AXES: [Axis; 3] = [Axis::Ordered, Axis::Options(3), Axis::Ordered];
/// How fine the grid is on which everything is added up point by point; cuts lie on its lines.
const GRID: usize = 12;

/// A tree with random cuts, its thresholds twelfths.
fn random_tree(random: &mut RandomStream, depth: u32) -> Tree {
    fn grow(nodes: &mut Vec<Node>, random: &mut RandomStream, depth: u32) -> usize {
        let place = nodes.len();
        nodes.push(Node::Leaf(random.next_f64() * 10.0 - 5.0));
        if depth > 0 && random.below(4) > 0 {
            let axis = random.below(3) as usize;
            let cut = match AXES[axis] {
                Axis::Ordered => Cut::Below(f64::from(random.below(GRID as u32 - 1) + 1) / GRID as f64),
                Axis::Options(options) => Cut::Options((0..options).map(|_| random.below(2) == 0).collect()),
            };
            let left = grow(nodes, random, depth - 1);
            let right = grow(nodes, random, depth - 1);
            nodes[place] = Node::Split { axis, cut, left, right };
        }
        place
    }
    let mut nodes = Vec::new();
    grow(&mut nodes, random, depth);
    Tree { nodes }
}

/// The decomposition by its definition, over every point of the grid.
fn by_definition(tree: &Tree) -> Decomposition {
    let at = |index: usize| (index as f64 + 0.5) / GRID as f64;
    let points: Vec<[usize; 3]> =
        (0..GRID * GRID * GRID).map(|point| [point / (GRID * GRID), point / GRID % GRID, point % GRID]).collect();
    let value = |point: &[usize; 3]| tree.value_at(&point.map(at));
    let mean_where = |holds: &dyn Fn(&[usize; 3]) -> bool| {
        let there: Vec<f64> = points.iter().filter(|point| holds(point)).map(value).collect();
        there.iter().sum::<f64>() / there.len() as f64
    };
    let mean = mean_where(&|_| true);
    let variance = points.iter().map(|point| (value(point) - mean).powi(2)).sum::<f64>() / points.len() as f64;
    let alone: Vec<Vec<f64>> =
        (0..3).map(|axis| (0..GRID).map(|index| mean_where(&|point| point[axis] == index) - mean).collect()).collect();
    let square = |effects: &[f64]| effects.iter().map(|effect| effect * effect).sum::<f64>() / effects.len() as f64;
    let pair = |one: usize, two: usize| {
        let mut effects = Vec::new();
        for first in 0..GRID {
            for second in 0..GRID {
                let both = mean_where(&|point| point[one] == first && point[two] == second) - mean;
                effects.push(both - alone[one][first] - alone[two][second]);
            }
        }
        square(&effects)
    };
    Decomposition {
        variance,
        main: alone.iter().map(|effects| square(effects)).collect(),
        pairs: vec![pair(0, 1), pair(0, 2), pair(1, 2)],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn boxes_give_what_the_definition_gives(seed in any::<u64>(), depth in 0_u32..6) {
        let tree = random_tree(&mut RandomStream::new(seed, 0), depth);
        let (found, known) = (Partition::of(&tree, &AXES).decompose(), by_definition(&tree));
        let sides = |one: &Decomposition| [&[one.variance], &one.main[..], &one.pairs[..]].concat();
        for (found, known) in sides(&found).into_iter().zip(sides(&known)) {
            prop_assert!((found - known).abs() < 1e-9, "{found} for {known} in {tree:?}");
        }
    }
}

#[test]
fn a_cut_at_the_very_end_leaves_no_box() {
    let cut = Node::Split { axis: 0, cut: Cut::Below(1.0), left: 1, right: 2 };
    let tree = Tree { nodes: vec![cut, Node::Leaf(2.0), Node::Leaf(9.0)] };
    let found = Partition::of(&tree, &AXES).decompose();
    assert_eq!((found.variance, found.main), (0.0, vec![0.0; 3]));
}
