//! The port's subjects on the server and back.
//!
//! The alphabet of the port's subjects is part of the server's, so a subject needs a prefix and no encoding. Where an
//! answer goes is one of the client's inboxes; it keeps its name, and publishing there needs no prefix.

use async_nats::Message;
use foundation_core::port::messaging::{Delivery, Subject, SubjectPattern};
use foundation_core::{Code, Error, Result};

use super::recent::Recent;
use crate::names::Tenant;

/// What a tenant's subjects begin with.
#[derive(Debug)]
pub(super) struct Names {
    /// Of subjects, the last dot included.
    prefix: String,
    /// Of inboxes, the last dot included.
    inbox: String,
    /// Of subjects that nobody listens to.
    nowhere: String,
    recent: Recent,
}

impl Names {
    pub(super) fn of(tenant: &Tenant) -> Self {
        let inbox = format!("{}.", tenant.inbox());
        let (prefix, nowhere) = (tenant.subject("msg", ""), tenant.subject("nowhere", ""));
        Self { prefix, inbox, nowhere, recent: Recent::default() }
    }

    /// Where a message to `subject` is published.
    pub(super) fn outbound(&self, subject: &Subject) -> async_nats::Subject {
        if subject.as_str().starts_with(&self.inbox) {
            return subject.as_str().to_owned().into();
        }
        self.recent.get(subject, || joined(&self.prefix, subject.as_str()).into())
    }

    /// What a subscription to `pattern` is on the server.
    pub(super) fn pattern(&self, pattern: &SubjectPattern) -> async_nats::Subject {
        joined(&self.prefix, pattern.as_str()).into()
    }

    /// A subject that nobody listens to, because nobody else has made it.
    pub(super) fn nowhere(&self, unique: &str) -> String {
        joined(&self.nowhere, unique)
    }

    /// A message as the port tells it.
    ///
    /// # Errors
    /// `Encoding` for one on a subject that the port cannot name: another program published it.
    pub(super) fn delivery(&self, message: Message) -> Result<Delivery> {
        let text = message.subject.as_str();
        let subject = Subject::new(text.strip_prefix(&self.prefix).unwrap_or(text)).map_err(|cause| {
            Error::new(Code::Encoding, format!("a message on `{text}`, which is no subject of this program"))
                .caused_by(cause)
        })?;
        let reply_to = message.reply.and_then(|reply| self.reply(&reply));
        Ok(Delivery { subject, payload: message.payload, reply_to })
    }

    /// Where an answer goes. One that the port cannot name, or that lies outside this tenant, cannot be answered.
    fn reply(&self, reply: &str) -> Option<Subject> {
        let name = match reply.strip_prefix(&self.prefix) {
            Some(own) => own,
            None if reply.starts_with(&self.inbox) => reply,
            None => return None,
        };
        Subject::new(name).ok()
    }
}

fn joined(prefix: &str, rest: &str) -> String {
    let mut text = String::with_capacity(prefix.len() + rest.len());
    text.push_str(prefix);
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests;
