//! KeyValue, EventLog and Messaging on NATS JetStream.
