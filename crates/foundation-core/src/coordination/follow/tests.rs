use std::time::Duration;

use super::Pauses;

#[test]
fn pauses_double_up_to_half_a_minute() {
    let mut pauses = Pauses::new(Duration::from_millis(500));
    let seconds: Vec<f64> = (0..9).map(|_| pauses.next().as_secs_f64()).collect();
    assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
    pauses.reset();
    assert_eq!(pauses.next(), Duration::from_millis(500));
}
