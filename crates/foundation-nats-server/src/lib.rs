//! A NATS server as a child process, for tests and experiments: found, started, paused, killed and ended.
