use std::collections::VecDeque;

use proptest::prelude::*;

use super::{Ticket, Window};

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A producer asks, and waits where there is nothing free.
    Ask,
    /// One that waits, or was served, looks or leaves; the number chooses which.
    Look(usize),
    Leave(usize),
    /// One that has credit sends or gives up.
    Send,
    GiveUp,
    /// A message is done with.
    Done,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Ask),
        3 => any::<usize>().prop_map(Step::Look),
        1 => any::<usize>().prop_map(Step::Leave),
        4 => Just(Step::Send),
        1 => Just(Step::GiveUp),
        4 => Just(Step::Done),
    ]
}

/// What the producers and the consumer know themselves, and what they check.
struct World {
    window: Window,
    next: Ticket,
    /// Everybody who waits and was not served, in order.
    line: VecDeque<Ticket>,
    served: Vec<Ticket>,
    /// Permits in producers' hands.
    permits: u32,
    messages: u32,
}

impl World {
    fn new(granted: u32) -> Self {
        let (line, served) = (VecDeque::new(), Vec::new());
        Self { window: Window::new(granted), next: 0, line, served, permits: 0, messages: 0 }
    }

    /// Those who were served must be the first of the line.
    fn serve(&mut self, served: &[Ticket]) {
        for ticket in served {
            assert_eq!(self.line.pop_front(), Some(*ticket), "served out of turn");
            self.served.push(*ticket);
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Ask if self.window.take() => {
                assert!(self.line.is_empty(), "overtook those who wait");
                self.permits += 1;
            }
            Step::Ask => {
                self.next += 1;
                self.window.wait(self.next);
                self.line.push_back(self.next);
            }
            Step::Look(which) => {
                let all: Vec<_> = self.served.iter().chain(&self.line).copied().collect();
                let Some(ticket) = (!all.is_empty()).then(|| all[which % all.len()]) else { return };
                let was_served = self.served.contains(&ticket);
                assert_eq!(self.window.fetch(ticket), was_served);
                if was_served {
                    self.served.retain(|other| *other != ticket);
                    self.permits += 1;
                }
            }
            Step::Leave(which) => {
                let all: Vec<_> = self.served.iter().chain(&self.line).copied().collect();
                let Some(ticket) = (!all.is_empty()).then(|| all[which % all.len()]) else { return };
                self.served.retain(|other| *other != ticket);
                self.line.retain(|other| *other != ticket);
                let served = self.window.leave(ticket);
                self.serve(&served);
            }
            Step::Send if self.permits > 0 => {
                self.permits -= 1;
                self.messages += 1;
                self.window.send();
            }
            Step::GiveUp if self.permits > 0 => {
                self.permits -= 1;
                let served = self.window.give_up();
                self.serve(&served);
            }
            Step::Done if self.messages > 0 => {
                self.messages -= 1;
                let batch = self.window.returned + 1;
                let served = self.window.done();
                let is_batch = 2 * batch >= self.window.granted || self.messages == 0;
                assert!(served.is_empty() || is_batch, "woken for {batch} of {}", self.window.granted);
                assert_eq!(self.window.returned, if is_batch { 0 } else { batch });
                self.serve(&served);
            }
            Step::Send | Step::GiveUp | Step::Done => {}
        }
    }

    fn check(&self) {
        let Window { granted, free, held, in_flight, returned, .. } = self.window;
        assert_eq!(in_flight, self.messages);
        assert_eq!(held, self.permits + u32::try_from(self.served.len()).unwrap());
        assert!(held + in_flight <= granted, "more than was granted");
        assert_eq!(free + held + in_flight + returned, granted, "credit was lost or made");
        assert_eq!(self.window.waiting(), self.line.len());
        if !self.line.is_empty() {
            assert_eq!(free, 0, "credit is free while somebody waits");
            assert!(held + in_flight > 0, "somebody waits and nothing will come back");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn credit_is_never_lost_made_or_given_out_of_turn(
        granted in 0_u32..12,
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let mut world = World::new(granted);
        for step in steps {
            world.take(step);
            world.check();
        }
        // Whoever is left gets its turn once the others are done.
        while world.window.waiting() > 0 || world.permits + world.messages > 0 || !world.served.is_empty() {
            for step in [Step::Look(0), Step::Send, Step::Done] {
                world.take(step);
                world.check();
            }
        }
        prop_assert_eq!(world.window.free, world.window.granted);
    }
}

#[test]
fn credit_comes_back_at_half_or_when_nothing_is_in_flight() {
    let mut window = Window::new(8);
    for _ in 0..8 {
        assert!(window.take());
        window.send();
    }
    assert!(!window.take());
    (1..=5).for_each(|ticket| window.wait(ticket));
    assert_eq!([window.done(), window.done(), window.done()], [const { Vec::new() }; 3]);
    assert_eq!(window.done(), [1, 2, 3, 4], "half of eight at once");
    for ticket in [4, 3, 2, 1] {
        assert!(window.fetch(ticket));
        // Nobody sends: what was fetched is given up, and the next in line gets it.
        assert_eq!(window.give_up(), if ticket == 4 { vec![5] } else { vec![] });
    }
    assert_eq!([window.done(), window.done(), window.done()].concat(), []);
    assert_eq!((window.returned, window.in_flight), (3, 1));
    assert_eq!(window.done(), []);
    assert_eq!((window.returned, window.in_flight, window.free, window.held), (0, 0, 7, 1));
}
