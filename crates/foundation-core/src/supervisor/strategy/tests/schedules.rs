//! Random supervisors under random schedules of ends, failed starts, requests and time: the module and the oracle see
//! the same.

use proptest::prelude::{ProptestConfig, any, proptest};

use super::super::super::budget::Budget;
use super::super::*;
use super::oracle::{Came, Kid, Life, Oracle, Seen};
use crate::supervisor::WhenSpent;

/// A generator of small numbers, fast also without optimisation (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len() as u64) as usize]
    }

    /// Of ten starts one fails and of thirty one is ignored, or half of them in a bad schedule.
    fn start(&mut self, bad: bool) -> Came {
        match self.roll(30) {
            0 => Came::Ignored,
            1..=3 => Came::Failed,
            4..=14 if bad => Came::Failed,
            _ => Came::Up,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Happens {
    Opened,
    Died { child: usize, abnormal: bool },
    Again { child: usize },
    Terminated { child: usize },
    Revived { child: usize },
    Deleted { child: usize },
    Added { restart: Restart },
    Closed,
}

/// The module under test, with a world around it that does what it is told.
struct Subject {
    state: State,
    due: Vec<usize>,
    seen: Vec<Seen>,
    over: bool,
}

impl Subject {
    fn take(&mut self, event: Event, now: u64, coin: &mut dyn FnMut() -> Came) {
        let at = Monotonic(now);
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let mut effects = Vec::new();
            self.state.take(event, &mut effects);
            for effect in effects {
                match effect {
                    Effect::Stop { child } => self.seen.push(Seen::Stop(child)),
                    Effect::Start { child, .. } => {
                        self.seen.push(Seen::Start(child));
                        events.push_back(match coin() {
                            Came::Up => Event::Started { child, at },
                            Came::Ignored => Event::Ignored { child, at },
                            Came::Failed => Event::StartFailed { child, at, chance: 0 },
                        });
                    }
                    Effect::StartAfter { child, .. } => self.due.push(child),
                    Effect::Release { child, rest: Rest::Forgotten } => self.seen.push(Seen::Forget(child)),
                    Effect::Release { .. } => {}
                    Effect::End(ending) => {
                        self.over = true;
                        self.seen.push(match ending {
                            Ending::GaveUp { child } => Seen::GaveUp(child),
                            Ending::StartFailed { child } => Seen::NotStarted(child),
                            Ending::AutoShutdown => Seen::AutoShutdown,
                        });
                    }
                }
            }
        }
    }
}

fn plan(restart: Restart, significant: bool, budget: Option<(usize, WhenSpent)>, period: u64) -> Plan {
    let budget = budget.map(|(restarts, when_spent)| Budget {
        restarts: restarts as u32,
        period: Duration::from_nanos(period),
        when_spent,
    });
    Plan::new(restart, significant, None, budget)
}

/// Runs one schedule; an error tells how the two came apart.
fn schedule(seed: u64) -> Result<(), String> {
    const RESTARTS: [Restart; 3] = [Restart::Permanent, Restart::Transient, Restart::Temporary];
    let mut dice = Dice(seed);
    let strategy = dice.pick(&[Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne]);
    let auto = dice.pick(&[AutoShutdown::Never, AutoShutdown::AnySignificant, AutoShutdown::AllSignificant]);
    let (tolerated, period, bad) = (dice.roll(5), dice.roll(12), dice.roll(6) == 0);
    let kids: Vec<_> = (0..dice.roll(7) as usize)
        .map(|id| {
            let restart = dice.pick(&RESTARTS);
            let significant = auto != AutoShutdown::Never && restart != Restart::Permanent && dice.roll(3) == 0;
            let when_spent = dice.pick(&[WhenSpent::Escalate, WhenSpent::Stop, WhenSpent::Quarantine]);
            let budget = (dice.roll(6) == 0).then(|| (dice.roll(3) as usize, when_spent));
            Kid { id, restart, significant, budget, life: Life::Down, past: Vec::new(), spent: false }
        })
        .collect();
    let plans: Vec<_> = kids.iter().map(|kid| plan(kid.restart, kid.significant, kid.budget, period)).collect();
    let intensity = Intensity::new(tolerated as u32, Duration::from_nanos(period));
    let mut next = kids.len();
    let mut subject =
        Subject { state: State::new(strategy, auto, intensity, plans), due: Vec::new(), seen: Vec::new(), over: false };
    let coins = dice.roll(u64::MAX);
    let (mut ours, mut theirs) = (Dice(coins), Dice(coins));
    let mut their_coin = || theirs.start(bad);
    let tolerated = tolerated as usize;
    let coin: &mut dyn FnMut() -> Came = &mut their_coin;
    let mut oracle = Oracle { strategy, auto, tolerated, period, kids, past: Vec::new(), coin, seen: Vec::new() };
    let mut story = Vec::new();
    let mut now = 0;
    for turn in 0..2 + dice.roll(14) {
        now += dice.roll(4);
        let up: Vec<_> = oracle.kids.iter().filter(|kid| kid.life == Life::Up).map(|kid| kid.id).collect();
        let idle: Vec<_> = oracle.kids.iter().filter(|kid| kid.life == Life::Down).map(|kid| kid.id).collect();
        let known: Vec<_> = oracle.kids.iter().map(|kid| kid.id).collect();
        let happens = match dice.roll(30) {
            _ if turn == 0 => Happens::Opened,
            0 if !known.is_empty() => Happens::Terminated { child: dice.pick(&known) },
            1 if !idle.is_empty() => Happens::Revived { child: dice.pick(&idle) },
            2 if !idle.is_empty() => Happens::Deleted { child: dice.pick(&idle) },
            3 => Happens::Added { restart: dice.pick(&RESTARTS) },
            4 if dice.roll(4) == 0 => Happens::Closed,
            // What waits in the mailbox comes in its order, sooner or later.
            5..=20 if !subject.due.is_empty() => Happens::Again { child: subject.due.remove(0) },
            _ if !up.is_empty() => Happens::Died { child: dice.pick(&up), abnormal: dice.roll(3) > 0 },
            _ => continue,
        };
        story.push((now, happens));
        let at = Monotonic(now);
        let event = match happens {
            Happens::Opened => {
                oracle.open();
                Event::Opened { at }
            }
            Happens::Died { child, abnormal } => {
                oracle.died(child, abnormal, now);
                Event::Exited { child, abnormal, at, chance: 0 }
            }
            Happens::Again { child } => {
                oracle.again(child, now);
                Event::Due { child, at }
            }
            Happens::Terminated { child } => {
                oracle.stop(child);
                Event::Terminated { child }
            }
            Happens::Revived { child } => {
                let place = oracle.kids.iter().position(|kid| kid.id == child).unwrap_or_default();
                if oracle.start(child) == Came::Up {
                    let kid = &mut oracle.kids[place];
                    (kid.spent, kid.past) = (false, Vec::new());
                }
                Event::Revived { child, at }
            }
            Happens::Deleted { child } => {
                oracle.kids.retain(|kid| kid.id != child);
                oracle.seen.push(Seen::Forget(child));
                Event::Deleted { child }
            }
            Happens::Added { restart } => {
                let (id, life) = (next, Life::Down);
                next += 1;
                oracle.kids.push(Kid {
                    id,
                    restart,
                    significant: false,
                    budget: None,
                    life,
                    past: Vec::new(),
                    spent: false,
                });
                if oracle.start(id) == Came::Failed {
                    oracle.kids.pop();
                    oracle.seen.push(Seen::Forget(id));
                }
                Event::Added { child: id, plan: plan(restart, false, None, period), at }
            }
            Happens::Closed => {
                oracle.close();
                Event::Closed
            }
        };
        subject.take(event, now, &mut || ours.start(bad));
        if subject.seen != oracle.seen {
            return Err(format!(
                "seed {seed}: {strategy:?}, {auto:?}, {tolerated} in {period}, after {story:?}\n  the module: {:?}\n  the oracle: {:?}\n  children: {:?}",
                subject.seen, oracle.seen, oracle.kids
            ));
        }
        subject.seen.clear();
        oracle.seen.clear();
        if subject.over || matches!(happens, Happens::Closed) {
            break;
        }
    }
    Ok(())
}

const SCHEDULES_PER_CASE: u64 = 1_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 0, ..ProptestConfig::default() })]

    /// 100,000 schedules. A failure prints the seed of its schedule.
    #[test]
    fn agrees_with_an_oracle_of_otps_rules(seed in any::<u64>()) {
        for number in 0..SCHEDULES_PER_CASE {
            if let Err(difference) = schedule(seed.wrapping_add(number)) {
                panic!("{difference}");
            }
        }
    }
}

#[cfg(feature = "planted-bugs")]
#[test]
fn the_oracle_catches_every_planted_bug() {
    use crate::planted::{Bug, here};
    for bug in [Bug::WindowNotSliding, Bug::TemporaryBystanderRestarted, Bug::StartOrderReversed] {
        let caught = here(bug, || (0..10_000).find_map(|seed| schedule(seed).err()));
        assert!(caught.is_some(), "{} goes unnoticed", bug.name());
    }
    assert!((0..10_000).all(|seed| schedule(seed).is_ok()), "without a bug there is nothing to catch");
}
