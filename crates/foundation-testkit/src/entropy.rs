//! What every [`Entropy`] owes, seeded or not.

use std::collections::HashSet;
use std::sync::Arc;

use foundation_core::port::entropy::Entropy;

use crate::world::World;

/// Draws differ from each other, the narrow and the wide.
pub async fn draws_differ(_: &World, entropy: &Arc<dyn Entropy>) {
    let narrow: HashSet<u64> = (0..5_000).map(|_| entropy.next_u64()).collect();
    assert_eq!(narrow.len(), 5_000);
    let wide: HashSet<u128> = (0..5_000).map(|_| entropy.next_u128()).collect();
    assert_eq!(wide.len(), 5_000);
    assert!(wide.iter().all(|bits| (bits >> 64) as u64 != *bits as u64), "both halves are the same");
}

/// Every bit is zero as often as one, within what chance allows: 4,000 draws stray from 2,000 by more than 250 (eight
/// standard deviations) less than once in 10^14 runs.
pub async fn bits_are_even(_: &World, entropy: &Arc<dyn Entropy>) {
    let mut ones = [0_i32; 64];
    for _ in 0..4_000 {
        let bits = entropy.next_u64();
        for (place, count) in ones.iter_mut().enumerate() {
            *count += i32::from(bits >> place & 1 == 1);
        }
    }
    assert!(ones.iter().all(|count| (count - 2_000).abs() <= 250), "{ones:?}");
}

/// Tasks that draw from one instance draw different numbers.
pub async fn tasks_draw_different_numbers(world: &World, entropy: &Arc<dyn Entropy>) {
    let drawers = (0..8).map(|_| {
        let entropy = Arc::clone(entropy);
        async move { (0..500).map(|_| entropy.next_u64()).collect::<Vec<_>>() }
    });
    let drawn: HashSet<u64> = world.race(drawers).await.into_iter().flatten().collect();
    assert_eq!(drawn.len(), 8 * 500);
}
