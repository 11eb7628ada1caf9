//! A lease against a store behind a bad connection: whoever holds it by the local clock has it in the store.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{TERMS, at};
use crate::coordination::lease::tenure::{Action, Ended, Event, Loss, Phase, Standing, Tenure};
use crate::port::clock::Monotonic;
use crate::port::entropy::RandomStream;
use crate::port::storage::Revision;

/// What the store has under the key.
#[derive(Clone, Copy, Debug)]
struct Value {
    is_ours: bool,
    revision: Revision,
    token: Option<Revision>,
    expires: Monotonic,
}

enum Due {
    /// A request arrives at the store; its answer comes with this number, if at all.
    Arrives(Action, u64),
    Answers(Event, u64),
    /// The holder looks: for its time, or after a pause of its whole program.
    Wakes,
    /// Another one wants the lease.
    Thief,
    /// Somebody deletes the record by hand.
    Meddler,
    GivesUp,
}

struct Run {
    random: RandomStream,
    now: Monotonic,
    due: BTreeMap<(Monotonic, u64), Due>,
    count: u64,
    value: Option<Value>,
    revision: u64,
    tenure: Tenure,
    /// The number of the request whose answer is waited for.
    waits_for: u64,
    /// The program stands still until then; what comes is seen after it.
    paused_until: Monotonic,
    was_meddled: bool,
    was_held: bool,
    renewals: u64,
    /// One in so many things goes wrong; fewer in some schedules, so that leases live long in those.
    trouble: u32,
}

impl Run {
    fn new(seed: u64) -> Self {
        let now = at(1_000);
        let mut run = Self {
            random: RandomStream::new(seed, 0),
            now,
            due: BTreeMap::new(),
            count: 0,
            value: None,
            revision: 0,
            tenure: Tenure::new(TERMS, true, now),
            waits_for: 0,
            paused_until: now,
            was_meddled: false,
            was_held: false,
            renewals: 0,
            trouble: [400, 60, 15, 6][(seed % 4) as usize],
        };
        run.at(now, Due::Wakes);
        for _ in 0..6 {
            let when = now + Duration::from_millis(u64::from(run.random.below(60_000)));
            run.at(when, Due::Thief);
        }
        if seed.is_multiple_of(5) {
            let when = now + Duration::from_millis(u64::from(run.random.below(60_000)));
            run.at(when, Due::Meddler);
        }
        let end = now + Duration::from_millis(20_000 + u64::from(run.random.below(60_000)));
        run.at(end, Due::GivesUp);
        run
    }

    fn at(&mut self, when: Monotonic, what: Due) {
        self.count += 1;
        self.due.insert((when, self.count), what);
    }

    fn after(&mut self, most_millis: u32) -> Monotonic {
        self.now + Duration::from_micros(u64::from(self.random.below(most_millis * 1_000)) + 1)
    }

    /// A delay as networks have it: mostly short, now and then longer than the lease.
    fn delay(&mut self) -> Monotonic {
        let is_slow = self.random.below(self.trouble) < 2;
        let most = if is_slow { [800, 4_000, 20_000] } else { [5, 5, 50] };
        let most = most[self.random.below(3) as usize];
        self.after(most)
    }

    fn holds(&self) -> bool {
        self.tenure.grant().is_some_and(|(_, deadline)| self.now < deadline)
    }

    fn expire(&mut self) {
        if self.value.is_some_and(|value| value.expires <= self.now) {
            assert!(!self.value.is_some_and(|value| value.is_ours) || !self.holds(), "held and expired");
            self.value = None;
        }
    }

    fn arrives(&mut self, action: Action, number: u64) {
        self.expire();
        let write = |run: &mut Self, token| {
            run.revision += 1 + u64::from(run.random.below(3));
            let revision = Revision(run.revision);
            run.value = Some(Value { is_ours: true, revision, token, expires: run.now + TERMS.ttl });
            Event::Written(revision)
        };
        let is_at = |run: &Self, at| run.value.is_some_and(|value| value.revision == at);
        let event = match action {
            Action::Take if self.value.is_none() => write(self, None),
            Action::Renew { at, token } if is_at(self, at) => {
                self.renewals += 1;
                write(self, Some(token))
            }
            Action::Delete { at } if is_at(self, at) => {
                assert!(!self.holds(), "deleted while held");
                self.revision += 1;
                self.value = None;
                Event::Written(Revision(self.revision))
            }
            Action::Take | Action::Renew { .. } | Action::Delete { .. } => Event::Refused,
            Action::Read => Event::Found(match self.value {
                None => Standing::Nothing,
                Some(Value { is_ours: true, revision, token, .. }) => Standing::Ours { revision, token },
                Some(_) => Standing::Other,
            }),
        };
        let event = match (self.random.below(self.trouble), action) {
            (0, Action::Read) => Event::Unread,
            (0, _) => Event::Doubtful,
            // No answer at all.
            (1, _) => return,
            _ => event,
        };
        let when = self.delay();
        self.at(when, Due::Answers(event, number));
    }

    fn step(&mut self, event: Event) {
        let was_held = self.was_held;
        let before = self.tenure.grant();
        if let Some(action) = self.tenure.step(self.now, event) {
            self.count += 1;
            self.waits_for = self.count;
            let number = self.waits_for;
            // Some never arrive.
            if self.random.below(self.trouble) != 0 {
                let when = self.delay();
                self.at(when, Due::Arrives(action, number));
            }
        }
        if let Some((token, deadline)) = self.tenure.grant() {
            self.was_held = true;
            assert!(before.is_some() || !was_held, "held again after it was lost");
            if let Some((earlier, earlier_deadline)) = before {
                assert_eq!(token, earlier);
                assert!(deadline >= earlier_deadline);
            }
        }
        let wake = self.tenure.wake();
        if wake.0 < u64::MAX {
            let when = wake.max(self.now + Duration::from_nanos(1));
            self.at(when, Due::Wakes);
        }
    }

    fn run(mut self) -> Self {
        while let Some(((when, _), due)) = self.due.pop_first() {
            self.now = when;
            self.expire();
            assert!(
                !self.holds() || self.was_meddled || self.value.is_some_and(|value| value.is_ours),
                "held by the local clock at {when:?}, and the store has {:?}",
                self.value
            );
            match due {
                Due::Arrives(action, number) => self.arrives(action, number),
                Due::Thief => {
                    if self.value.is_none() {
                        self.revision += 1;
                        let (revision, expires) = (Revision(self.revision), self.after(6_000));
                        self.value = Some(Value { is_ours: false, revision, token: None, expires });
                    }
                }
                Due::Meddler => {
                    self.was_meddled = true;
                    self.value = None;
                }
                // What the program would see stands still with it.
                Due::Answers(..) | Due::Wakes | Due::GivesUp if when < self.paused_until => {
                    let until = self.paused_until;
                    self.at(until, due);
                }
                Due::Answers(event, number) if number == self.waits_for => self.step(event),
                Due::Answers(..) => {}
                Due::Wakes => {
                    if self.random.below(2 * self.trouble) == 0 {
                        let until = self.after(25_000);
                        self.paused_until = until;
                        self.at(until, Due::Wakes);
                    } else if self.tenure.wake() <= when {
                        self.step(Event::Woke);
                    }
                }
                Due::GivesUp => self.step(Event::GivenUp),
            }
        }
        self
    }
}

#[test]
fn whoever_holds_it_by_the_local_clock_has_it_in_the_store() {
    let (mut held, mut expired, mut gone, mut released, mut renewals) = (0, 0, 0, 0, 0);
    for seed in 0..20_000 {
        let run = std::panic::catch_unwind(|| Run::new(seed).run());
        let run = run.unwrap_or_else(|panic| {
            panic!("seed {seed}: {}", crate::port::spawner::panic_message(panic.as_ref()));
        });
        let Phase::Over { how, .. } = run.tenure.phase() else { panic!("seed {seed}: {:?}", run.tenure) };
        renewals += run.renewals;
        held += u64::from(run.was_held);
        match how {
            Ended::Lost(Loss::Expired) => expired += 1,
            Ended::Lost(Loss::Gone) => gone += 1,
            Ended::Lost(Loss::Released) => released += 1,
            Ended::NotTaken(_) => assert!(!run.was_held),
        }
    }
    // The schedules are worth something only if they go everywhere.
    assert!(held > 10_000 && renewals > 20_000, "{held} held, {renewals} renewals");
    assert!(expired > 1_000 && gone > 100 && released > 1_000, "{expired} expired, {gone} gone, {released} released");
}
