use super::*;

#[test]
fn health_follows_the_link() {
    let mut health = NatsHealth::connected(Monotonic(1));
    // The client tells of the first connection as well, which is none that was made again.
    health.take(&Event::Connected, Monotonic(2));
    assert_eq!(health, NatsHealth::connected(Monotonic(1)));

    health.take(&Event::LameDuckMode, Monotonic(3));
    health.take(&Event::Disconnected, Monotonic(4));
    health.take(&Event::Disconnected, Monotonic(5));
    assert_eq!((health.state, health.since, health.lame_duck), (LinkState::Disconnected, Monotonic(4), true));

    health.take(&Event::ClientError(ClientError::Other("refused".to_owned())), Monotonic(6));
    health.take(&Event::Connected, Monotonic(7));
    assert_eq!((health.state, health.since, health.reconnects), (LinkState::Connected, Monotonic(7), 1));
    assert_eq!((health.lame_duck, health.last_error.as_deref()), (false, Some("refused")));

    health.take(&Event::SlowConsumer(3), Monotonic(8));
    health.take(&Event::ServerError(ServerError::SlowConsumer(3)), Monotonic(8));
    assert_eq!(health.slow_consumers, 2);
    health.take(&Event::Closed, Monotonic(9));
    assert_eq!((health.state, health.since), (LinkState::Closed, Monotonic(9)));
}
