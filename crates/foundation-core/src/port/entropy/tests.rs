use super::RandomStream;

#[test]
fn a_stream_is_a_function_of_seed_and_number() {
    let draw = |seed, stream| {
        let mut random = RandomStream::new(seed, stream);
        [random.next_u64(), random.next_u64()]
    };
    assert_eq!(draw(1, 7), draw(1, 7));
    assert_ne!(draw(1, 7), draw(1, 8));
    assert_ne!(draw(1, 7), draw(2, 7));
}

/// These bits are on disk in finished studies: a change of library must not change them.
#[test]
fn the_bits_are_fixed() {
    let mut random = RandomStream::new(1, 2);
    assert_eq!(random.next_u64(), FIRST);
}

#[test]
fn draws_stay_in_range() {
    let mut random = RandomStream::new(3, 0);
    for n in [1_u32, 2, 3, 358, u32::MAX] {
        for _ in 0..1_000 {
            assert!(random.below(n) < n);
            let x = random.next_f64();
            assert!((0.0..1.0).contains(&x));
        }
    }
    assert_eq!(random.below(0), 0);
}

#[test]
fn a_shuffle_keeps_every_item() {
    let mut items: Vec<u32> = (0..100).collect();
    RandomStream::new(4, 0).shuffle(&mut items);
    assert_ne!(items, (0..100).collect::<Vec<_>>());
    items.sort_unstable();
    assert_eq!(items, (0..100).collect::<Vec<_>>());
}

const FIRST: u64 = 6_938_885_953_644_749_562;
