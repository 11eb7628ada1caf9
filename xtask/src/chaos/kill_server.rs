//! `chaos kill-server`: three servers, and again and again the one that leads is killed or stopped under writes.
//!
//! Nothing that was acknowledged may be missing or be there twice, every lost answer has to be found out, and what ten
//! clients asked of keys, names and locks meanwhile has to be linearizable, by two checkers that have to agree.

mod client;
mod ground;
mod judged;
mod objects;
mod planted;
mod round;
mod times;
mod writers;

use std::sync::Arc;

use serde_json::json;

use super::findings::Findings;
use super::{live, plant};
use crate::args::ChaosArgs;
use crate::console::Console;
use crate::failure::Failure;
use ground::{Blow, Ground, SERVERS};
use judged::AllJudged;
use objects::Objects;
use round::{Cast, Round};
use times::Times;
use writers::Audit;

/// Clients whose operations become histories, each with a connection of its own, spread over the servers.
const CLIENTS: usize = 10;
/// Connections of the writers.
const WRITERS: usize = SERVERS;
/// At least so many histories have to count where at least as many rounds were played.
const FULL_SIZE: (u32, u64) = (20, 300);

pub(super) async fn run(args: &ChaosArgs, console: Console) -> Result<Findings, Failure> {
    let ground = Ground::start(plant::is_planted(args, "follower-reads")).await?;
    let (mut clients, mut writers) = (Vec::new(), Vec::new());
    for client in 0..CLIENTS {
        clients.push(ground.tools(client).await?);
    }
    for writer in 0..WRITERS {
        writers.push(ground.connect(writer).await?);
    }
    let cast = Cast::seat(clients, writers);
    let epoch = live::now();
    let mut sum = Sum::default();
    round::warm_up(&cast, args.seed, epoch, &ground).await?;
    for number in 1..=args.rounds {
        let blow = if number % 2 == 1 { Blow::Kill } else { Blow::Stop };
        let round = round::play(&ground, &cast, number, blow, args.seed, epoch).await?;
        sum = sum.add(number, blow, round, console).await?;
        // A bug that was caught needs no more rounds.
        if args.plant.is_some() && !sum.complaints().is_empty() {
            break;
        }
    }
    Ok(sum.findings(args))
}

/// What all rounds showed.
#[derive(Default)]
struct Sum {
    rounds: u32,
    /// Rounds in which the server that was hit led every stream.
    whole_hits: u32,
    times: Times,
    lists: Audit,
    batches: Audit,
    unknown: u64,
    resolved: u64,
    judged: AllJudged,
    others: Vec<String>,
}

impl Sum {
    async fn add(mut self, number: u32, blow: Blow, round: Round, console: Console) -> Result<Self, Failure> {
        self.rounds += 1;
        let is_whole_hit = round.led.0 == round.led.1;
        self.whole_hits += u32::from(is_whole_hit);
        self.times.add(blow, "conditional write", round.lists_back_after);
        self.times.add(blow, "append", round.batches_back_after);
        self.lists.add(round.lists);
        self.batches.add(round.batches);
        self.unknown += round.unknown;
        self.resolved += round.resolved;
        self.others.extend(round.complaints.iter().map(|complaint| format!("round {number}: {complaint}")));
        if round.lists_back_after.is_none() || round.batches_back_after.is_none() {
            self.others.push(format!("round {number}: no write succeeded again after {}", blow.name()));
        }
        let before = self.judged.sum(|judged| judged.histories);
        let mut judged = std::mem::take(&mut self.judged);
        let (objects, fault) = (Arc::clone(&round.objects), round.fault);
        // On a thread: the checkers compute for as long as they need.
        let judging = live::thread(move || {
            let objects: &Objects = &objects;
            judged.judge(objects, is_whole_hit.then_some(fault)).map(|()| judged)
        });
        self.judged = live::joined(judging).await??;
        let seconds = |time: Option<std::time::Duration>| {
            time.map_or("none".to_owned(), |time| format!("{:.2} s", time.as_secs_f64()))
        };
        console.line(format!(
            "round {number}: {} at server {}, which led {} of {} streams; next conditional write after {}, next append \
             after {}; {} acknowledged, {} answers lost; {} histories count.",
            blow.name(),
            round.server + 1,
            round.led.0,
            round.led.1,
            seconds(round.lists_back_after),
            seconds(round.batches_back_after),
            round.lists.acknowledged + round.batches.acknowledged,
            round.unknown,
            self.judged.sum(|judged| judged.histories) - before,
        ));
        Ok(self)
    }

    /// What was not as promised.
    fn complaints(&self) -> Vec<String> {
        let mut complaints = self.others.clone();
        for (what, audit) in [("conditional writes", self.lists), ("events", self.batches)] {
            let Audit { lost, duplicated, phantom, out_of_order, .. } = audit;
            if lost + duplicated + phantom + out_of_order > 0 {
                complaints.push(format!(
                    "{what}: {lost} acknowledged and lost, {duplicated} there twice, {phantom} there that nobody was to \
                     find, {out_of_order} out of order"
                ));
            }
        }
        if self.resolved != self.unknown {
            complaints.push(format!(
                "{} of {} lost answers were not found out",
                self.unknown - self.resolved,
                self.unknown
            ));
        }
        for (_, judged) in self.judged.kinds() {
            complaints.extend(judged.complaints.iter().cloned());
        }
        complaints
    }

    fn findings(self, args: &ChaosArgs) -> Findings {
        let mut found = Findings::new("kill-server", args);
        let histories = self.judged.sum(|judged| judged.histories);
        let linearizable = self.judged.sum(|judged| judged.linearizable);
        found.figure("rounds", self.rounds);
        found.figure("rounds_that_hit_every_leader", self.whole_hits);
        found.figure("acked", self.lists.acknowledged + self.batches.acknowledged);
        found.figure("lost", self.lists.lost + self.batches.lost);
        found.figure("duplicated", self.lists.duplicated + self.batches.duplicated);
        found.figure("phantom", self.lists.phantom + self.batches.phantom);
        found.figure("unknown", self.unknown);
        found.figure("resolved", self.resolved);
        found.figure("next_success_ms", self.times.json());
        found.figure("histories", histories);
        found.figure("linearizable", linearizable);
        let kinds = self.judged.kinds().map(|(kind, judged)| {
            let checkers_ms = json!({
                "stateright": judged.interleavings_took.as_secs_f64() * 1e3,
                "todc_utils": judged.search_took.as_secs_f64() * 1e3,
            });
            let judged = json!({
                "histories": judged.histories,
                "not_counted": judged.not_counted,
                "answered": judged.answered,
                "unknown": judged.unknown,
                "refused": judged.refused,
                "linearizable": judged.linearizable,
                "not_linearizable": judged.refuted,
                "undecided": judged.undecided,
                "checkers_ms": checkers_ms,
            });
            (kind.to_owned(), judged)
        });
        found.figure("by_kind", serde_json::Map::from_iter(kinds));
        found.story = format!(
            "{} rounds, in {} of which the server that was hit led every stream. {} conditional writes and {} events \
             acknowledged, {} lost, {} duplicated; {} answers lost, {} of them found out.\n{}\n{}\n{linearizable} of \
             {histories} histories that count are linearizable by both checkers.",
            self.rounds,
            self.whole_hits,
            self.lists.acknowledged,
            self.batches.acknowledged,
            self.lists.lost + self.batches.lost,
            self.lists.duplicated + self.batches.duplicated,
            self.unknown,
            self.resolved,
            self.times,
            self.judged,
        );
        for complaint in self.complaints() {
            found.expect(false, || complaint);
        }
        let acknowledged = self.lists.acknowledged.min(self.batches.acknowledged);
        found.expect(acknowledged > 0, || {
            "a kind of writer was never answered: the experiment shows nothing".to_owned()
        });
        if args.plant.is_none() {
            let (rounds, wanted) = FULL_SIZE;
            let wanted = if args.rounds >= rounds { wanted } else { 3 };
            found.expect(
                linearizable >= wanted && self.judged.kinds().iter().all(|(_, judged)| judged.histories > 0),
                || format!("{linearizable} histories count and are linearizable, {wanted} of all kinds are wanted"),
            );
        }
        found
    }
}

#[cfg(test)]
mod tests;
