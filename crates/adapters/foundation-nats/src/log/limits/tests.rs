use super::*;

#[test]
fn the_floor_is_reached_on_the_smallest_server_that_is_taken() {
    let floor = LogLimits::FLOOR;
    let messages = foundation_core::port::messaging::MessagingLimits::FLOOR.payload_bytes;
    let limits = limits(messages);
    assert!(limits.event_bytes >= floor.event_bytes);
    assert!(limits.batch_events >= floor.batch_events);
    assert!(limits.batch_bytes >= floor.batch_bytes);
    assert!(limits.remembered_batches >= floor.remembered_batches);
}

#[test]
fn an_event_is_never_larger_than_a_message() {
    assert_eq!(limits(20_000).event_bytes, 20_000);
    assert_eq!(limits(8 * 1024 * 1024).event_bytes, EVENT_BYTES);
}
