use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: u64) -> Monotonic {
    Monotonic(0) + Duration::from_secs(seconds)
}

fn grid(next: u64) -> Grid {
    Grid { next: at(next), period: SECOND, skipped: 0 }
}

/// The firings that are made at `now`, all at once.
fn made(mut grid: Grid, now: Monotonic, missed: Missed) -> (Vec<Tick>, Grid) {
    let mut ticks = Vec::new();
    while grid.next <= now {
        let (tick, rest) = grid.at(now, missed);
        ticks.extend(tick);
        grid = rest;
    }
    (ticks, grid)
}

#[test]
fn each_policy_after_four_missed_firings() {
    let late = at(14) + SECOND / 2;
    let (ticks, rest) = made(grid(10), late, Missed::Skip);
    assert_eq!((ticks, rest), (vec![], Grid { next: at(15), period: SECOND, skipped: 5 }));

    let (ticks, rest) = made(grid(10), late, Missed::Once);
    assert_eq!((ticks, rest.next), (vec![Tick { due: at(14), skipped: 4 }], at(15)));

    let (ticks, rest) = made(grid(10), late, Missed::All { at_most: 2 });
    assert_eq!(ticks, [Tick { due: at(13), skipped: 3 }, Tick { due: at(14), skipped: 0 }]);
    assert_eq!(rest.next, at(15));
}

proptest! {
    /// Every time on the grid is either fired or counted as skipped, in order, and never before it is due.
    #[test]
    fn nothing_is_lost_or_early(looks in prop::collection::vec(0_u64..5_000, 1..40), policy in 0_u32..6) {
        let missed = match policy {
            0 => Missed::Skip,
            1 => Missed::Once,
            more => Missed::All { at_most: more - 2 },
        };
        let (mut standing, mut now, mut accounted) = (grid(1), at(0), 0);
        for look in looks {
            now = now + Duration::from_millis(look);
            let (ticks, rest) = made(standing, now, missed);
            standing = rest;
            for tick in ticks {
                accounted += tick.skipped + 1;
                prop_assert!(tick.due <= now);
                prop_assert_eq!(tick.due, at(accounted));
            }
            prop_assert!(standing.next > now);
            prop_assert_eq!(standing.next, at(accounted + standing.skipped + 1));
        }
    }
}
