//! Asking the server: requests to JetStream's API, and publishing with an acknowledgement.

use async_nats::{HeaderMap, Message, Request, RequestError, RequestErrorKind};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{LinkState, NatsConnection};
use crate::failure::{Refusal, Trouble};

/// What the headers of a message may take beside its payload.
pub(super) const HEADER_ROOM: usize = 4 * 1024;

/// What the server says about a message that a stream took.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Ack {
    /// Its sequence in the stream; of an atomic batch that of the last message.
    #[serde(default)]
    pub(crate) seq: u64,
    /// Whether the stream had it already, by its id; `seq` is then where.
    #[serde(default)]
    pub(crate) duplicate: bool,
    #[serde(default)]
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct OnlyError {
    #[serde(default)]
    error: Option<Refusal>,
}

impl NatsConnection {
    /// The largest payload that a message with headers may have at the moment.
    pub(crate) fn payload_room(&self) -> usize {
        self.client().max_payload().saturating_sub(HEADER_ROOM)
    }

    /// Sends a request and waits for its answer, `answer_timeout` long.
    ///
    /// Refuses without sending where there is no link: the client would keep the request and send it once there is one,
    /// long after whoever asked has decided otherwise.
    pub(crate) async fn request(
        &self,
        subject: impl async_nats::subject::ToSubject,
        headers: Option<HeaderMap>,
        payload: Bytes,
    ) -> Result<Message, Trouble> {
        self.check_link()?;
        let mut request = Request::new().payload(payload);
        if let Some(headers) = headers {
            request = request.headers(headers);
        }
        self.client().send_request(subject, request).await.map_err(|cause| self.trouble(&cause))
    }

    /// Publishes to a stream and waits for its acknowledgement.
    pub(crate) async fn publish(&self, subject: String, headers: HeaderMap, payload: Bytes) -> Result<Ack, Trouble> {
        let answer = self.request(subject, Some(headers), payload).await?;
        let ack: Ack = parse(&answer.payload)?;
        match ack.error {
            Some(refusal) => Err(Trouble::Refused(refusal)),
            None => Ok(ack),
        }
    }

    /// Asks JetStream's API: `what` follows `$JS.API.`. `()` as the question sends no body.
    pub(crate) async fn api<Q: Serialize, A: DeserializeOwned>(&self, what: &str, question: &Q) -> Result<A, Trouble> {
        let body = match serde_json::to_vec(question) {
            Ok(body) if body == b"null" => Bytes::new(),
            Ok(body) => Bytes::from(body),
            Err(cause) => return Err(Trouble::Unsendable(cause.to_string())),
        };
        let answer = self.request(format!("$JS.API.{what}"), None, body).await?;
        let only: OnlyError = parse(&answer.payload)?;
        match only.error {
            Some(refusal) => Err(Trouble::Refused(refusal)),
            None => parse(&answer.payload),
        }
    }

    /// Refuses where there is no link.
    pub(crate) fn check_link(&self) -> Result<(), Trouble> {
        if self.client().connection_state() == async_nats::connection::State::Connected {
            return Ok(());
        }
        let health = self.health();
        Err(Trouble::NotConnected(match (health.state, health.last_error) {
            (LinkState::Closed, _) => "the connection was closed".to_owned(),
            (_, Some(error)) => error,
            (_, None) => "the link broke".to_owned(),
        }))
    }

    fn trouble(&self, cause: &RequestError) -> Trouble {
        match cause.kind() {
            RequestErrorKind::NoResponders => Trouble::NoResponders,
            RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded => {
                Trouble::Unsendable(cause.to_string())
            }
            RequestErrorKind::TimedOut => {
                let waited = self.settings().answer_timeout;
                // A missing permission is told beside the request and leaves it without an answer.
                Trouble::Lost(match self.health().last_error {
                    Some(error) => format!("no answer within {waited:?}; the link's latest error: {error}"),
                    None => format!("no answer within {waited:?}"),
                })
            }
            RequestErrorKind::Other => Trouble::Lost(cause.to_string()),
        }
    }
}

pub(crate) fn parse<A: DeserializeOwned>(payload: &[u8]) -> Result<A, Trouble> {
    serde_json::from_slice(payload).map_err(|cause| Trouble::Garbled(format!("the server's answer: {cause}")))
}
