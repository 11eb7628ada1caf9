//! Who listens to what, and what waits for whom.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use foundation_core::port::messaging::{Delivery, GroupName, Subject, SubjectPattern};
use foundation_core::{Code, Error, Result};
use futures_core::Stream;
use parking_lot::Mutex;

/// The subscriptions, found by subject.
#[derive(Default)]
pub(super) struct Switchboard {
    mailboxes: BTreeMap<u64, Mailbox>,
    /// Subscriptions to one subject, by that subject.
    exact: HashMap<Arc<str>, Vec<u64>>,
    /// Subscriptions to a pattern with wildcards.
    wild: Vec<u64>,
    /// How many messages each group has had, which decides whose turn it is.
    turns: HashMap<GroupName, usize>,
    opened: u64,
    inboxes: u64,
}

struct Mailbox {
    pattern: SubjectPattern,
    group: Option<GroupName>,
    waiting: VecDeque<Waiting>,
    messages: usize,
    waker: Option<Waker>,
}

enum Waiting {
    Message(Delivery),
    /// So many messages are missing at this place.
    Gap(u64),
}

/// What became of a message.
pub(super) struct Routed {
    /// How many subscriptions and groups it was meant for.
    pub(super) listeners: usize,
    pub(super) wakers: Vec<Waker>,
}

impl Switchboard {
    pub(super) fn subscriptions(&self) -> usize {
        self.mailboxes.len()
    }

    /// A subject that no request had before.
    pub(super) fn next_inbox(&mut self) -> Result<Subject> {
        self.inboxes += 1;
        Subject::new(format!("_inbox.{}", self.inboxes))
    }

    /// Puts a message into each mailbox it is meant for, and into one of each group's.
    pub(super) fn route(&mut self, delivery: &Delivery, most: usize) -> Routed {
        let mut routed = Routed { listeners: 0, wakers: Vec::new() };
        let exact = self.exact.get(delivery.subject.as_str()).into_iter().flatten();
        let matching = exact.chain(&self.wild).copied().filter(|number| {
            self.mailboxes.get(number).is_some_and(|mailbox| mailbox.pattern.matches(&delivery.subject))
        });
        let mut groups: BTreeMap<GroupName, Vec<u64>> = BTreeMap::new();
        let mut receivers = Vec::new();
        for number in matching {
            match self.mailboxes.get(&number).and_then(|mailbox| mailbox.group.clone()) {
                Some(group) => groups.entry(group).or_default().push(number),
                None => receivers.push(number),
            }
        }
        for (group, members) in groups {
            let turn = self.turns.entry(group).or_default();
            let first = *turn;
            *turn = turn.wrapping_add(1);
            let in_turn = || (0..members.len()).map(|offset| members[(first.wrapping_add(offset)) % members.len()]);
            let has_room = |number: &u64| self.mailboxes.get(number).is_some_and(|mailbox| mailbox.messages < most);
            receivers.extend(in_turn().find(has_room).or_else(|| in_turn().next()));
        }
        for number in receivers {
            if let Some(mailbox) = self.mailboxes.get_mut(&number) {
                routed.listeners += 1;
                mailbox.put(delivery.clone(), most);
                routed.wakers.extend(mailbox.waker.take());
            }
        }
        routed
    }

    fn open(&mut self, pattern: &SubjectPattern, group: Option<GroupName>) -> u64 {
        self.opened += 1;
        let number = self.opened;
        if is_wild(pattern) {
            self.wild.push(number);
        } else {
            self.exact.entry(pattern.as_str().into()).or_default().push(number);
        }
        let mailbox = Mailbox { pattern: pattern.clone(), group, waiting: VecDeque::new(), messages: 0, waker: None };
        self.mailboxes.insert(number, mailbox);
        number
    }

    /// Answers the mailbox so that the caller can drop it outside its lock.
    fn close(&mut self, number: u64) -> Option<Mailbox> {
        let mailbox = self.mailboxes.remove(&number)?;
        if is_wild(&mailbox.pattern) {
            self.wild.retain(|other| *other != number);
        } else if let Some(listeners) = self.exact.get_mut(mailbox.pattern.as_str()) {
            listeners.retain(|other| *other != number);
            if listeners.is_empty() {
                self.exact.remove(mailbox.pattern.as_str());
            }
        }
        if let Some(group) = &mailbox.group
            && !self.mailboxes.values().any(|other| other.group.as_ref() == Some(group))
        {
            self.turns.remove(group);
        }
        Some(mailbox)
    }
}

fn is_wild(pattern: &SubjectPattern) -> bool {
    pattern.as_str().contains(['*', '>'])
}

impl Mailbox {
    fn put(&mut self, delivery: Delivery, most: usize) {
        if self.messages < most {
            self.messages += 1;
            self.waiting.push_back(Waiting::Message(delivery));
        } else if let Some(Waiting::Gap(missing)) = self.waiting.back_mut() {
            *missing += 1;
        } else {
            self.waiting.push_back(Waiting::Gap(1));
        }
    }

    fn take(&mut self) -> Option<Result<Delivery>> {
        match self.waiting.pop_front()? {
            Waiting::Message(delivery) => {
                self.messages -= 1;
                Some(Ok(delivery))
            }
            Waiting::Gap(missing) => {
                let what = format!("subscription to `{}`: {missing} messages are missing here", self.pattern);
                Some(Err(Error::new(Code::SlowConsumer, what)))
            }
        }
    }
}

/// One subscription's messages; dropping it ends the subscription.
pub(super) struct Subscription {
    switchboard: Arc<Mutex<Switchboard>>,
    number: u64,
}

impl Subscription {
    pub(super) fn open(
        switchboard: &Arc<Mutex<Switchboard>>,
        pattern: &SubjectPattern,
        group: Option<GroupName>,
    ) -> Self {
        let number = switchboard.lock().open(pattern, group);
        Self { switchboard: Arc::clone(switchboard), number }
    }
}

impl Stream for Subscription {
    type Item = Result<Delivery>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut switchboard = self.switchboard.lock();
        let Some(mailbox) = switchboard.mailboxes.get_mut(&self.number) else { return Poll::Ready(None) };
        if let Some(next) = mailbox.take() {
            return Poll::Ready(Some(next));
        }
        let replaced = mailbox.waker.replace(cx.waker().clone());
        drop(switchboard);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mailbox = self.switchboard.lock().close(self.number);
        drop(mailbox);
    }
}

#[cfg(test)]
mod tests;
