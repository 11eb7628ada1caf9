//! `kill9 --target study`: a study is killed again and again and has to end as if nobody had touched it.
//!
//! The same study is first run unkilled; its acknowledged appends are the scale on which the kills are drawn. Each
//! life of the victim is ended by SIGKILL from outside, at an acknowledgement or, for a good part of the kills, while
//! it still recovers from the one before.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use foundation_core::port::entropy::RandomStream;
use serde_json::Value;

use super::trace::{Stream, Told};
use super::verdict::{Recovery, Verdict};
use super::victim::{Ended, Victim};
use crate::args::{ChaosArgs, Composition};
use crate::console::Console;
use crate::failure::Failure;

/// One kill in so many falls during recovery, where the victim lets itself be caught there.
const IN_RECOVERY: u32 = 3;
/// The least number of kills during recovery.
const LEAST_IN_RECOVERY: u64 = 5;
/// A kill falls up to this long after the acknowledgement that it was drawn for: within the next write.
const AFTER_ACK: Duration = Duration::from_micros(1_500);

/// Kills studies with one agent and with two.
pub(super) fn kill(args: &ChaosArgs, console: Console) -> Result<Verdict, Failure> {
    if args.composition == Composition::Cluster {
        // Said once and whole here, rather than by a victim whose words are read as lines.
        foundation_nats_server::find().map_err(|missing| Failure::new(missing.to_string()))?;
    }
    let folder = std::env::temp_dir().join(format!("foundation-chaos-study-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let mut hunt = Hunt {
        args,
        console,
        folder: &folder,
        random: RandomStream::new(args.seed, 9),
        verdict: Verdict {
            experiment: "kill9 study".to_owned(),
            seed: args.seed,
            planted: args.plant.clone(),
            ..Verdict::default()
        },
        recoveries: Vec::new(),
    };
    let expected = hunt.unkilled()?;
    for agents in [1, 2] {
        hunt.kill_with(agents, &expected)?;
    }
    let Hunt { mut verdict, recoveries, .. } = hunt;
    verdict.recovery_ms = Recovery::of(recoveries);
    std::fs::remove_dir_all(&folder).map_err(|error| Failure::io("remove", &folder, &error))?;
    Ok(verdict.close())
}

/// What a study has to end as.
struct Expected {
    found: Value,
    appends: u64,
}

struct Hunt<'a> {
    args: &'a ChaosArgs,
    console: Console,
    folder: &'a Path,
    random: RandomStream,
    verdict: Verdict,
    recoveries: Vec<Duration>,
}

/// The last sequence of each stream that was acknowledged.
#[derive(Clone, Copy, Debug, Default)]
struct Heads {
    study: u64,
    variable: u64,
}

impl Heads {
    fn of(&mut self, stream: Stream) -> &mut u64 {
        match stream {
            Stream::Study => &mut self.study,
            Stream::Variable => &mut self.variable,
        }
    }
}

/// How one life went.
enum Life {
    Finished,
    Killed,
}

impl Hunt<'_> {
    fn start(&self, data: &str, agents: u32, plant: bool) -> Result<Victim, Failure> {
        let mut arguments: Vec<String> = ["run", "--trace", "--http", "off", "--data", data].map(str::to_owned).into();
        arguments.extend(["--seed".to_owned(), self.args.seed.to_string()]);
        arguments.extend(["--composition".to_owned(), self.args.composition.name().to_owned()]);
        arguments.extend(["--agents".to_owned(), agents.to_string()]);
        arguments.extend(["--json".to_owned(), format!("{data}.json"), "--skip-baselines".to_owned()]);
        if let (true, Some(bug)) = (plant, &self.args.plant) {
            arguments.extend(["--plant".to_owned(), bug.clone()]);
        }
        Victim::start(self.folder, &arguments)
    }

    fn unkilled(&mut self) -> Result<Expected, Failure> {
        let mut victim = self.start("unkilled", 2, false)?;
        let mut appends = 0;
        let mut last = String::new();
        while let Some((line, _)) = victim.line()? {
            appends += u64::from(matches!(Told::read(&line), Some(Told::Acked(..))));
            last = line;
        }
        if victim.end()? == Ended::Badly {
            return Err(Failure::new(format!("the study that nobody kills failed: {last}")));
        }
        self.console.line(format!("The study that nobody kills: {appends} acknowledged appends."));
        Ok(Expected { found: self.found("unkilled")?, appends })
    }

    /// Kills studies until there were enough kills; each study is brought to its end and compared.
    fn kill_with(&mut self, agents: u32, expected: &Expected) -> Result<(), Failure> {
        let wanted = u64::from(self.args.kills);
        let wanted_in_recovery = LEAST_IN_RECOVERY.min(wanted);
        let (mut kills, mut in_recovery, mut study) = (0, 0, 0);
        while kills < wanted || in_recovery < wanted_in_recovery {
            study += 1;
            let data = format!("agents-{agents}-study-{study}");
            // The kills of this study, in acknowledged appends since its beginning.
            let mut points: Vec<u64> = (0..wanted.clamp(1, 12))
                .map(|_| u64::from(self.random.below(u32::try_from(expected.appends).unwrap_or(u32::MAX))))
                .collect();
            points.sort_unstable();
            let mut points = points.into_iter();
            let (mut acked, mut heads) = (0_u64, Heads::default());
            let mut is_after_kill = false;
            loop {
                let is_enough = kills >= wanted && in_recovery >= wanted_in_recovery;
                let strikes_early = is_after_kill
                    && !is_enough
                    && (in_recovery < wanted_in_recovery || self.random.below(IN_RECOVERY) == 0);
                let point = if is_enough { None } else { points.next() };
                let before = (self.verdict.rounds, self.verdict.rounds_in_recovery);
                let life = self.live(&data, agents, strikes_early, point, &mut acked, &mut heads)?;
                kills += self.verdict.rounds - before.0;
                in_recovery += self.verdict.rounds_in_recovery - before.1;
                is_after_kill = true;
                if matches!(life, Life::Finished) {
                    break;
                }
            }
            self.compare(&data, expected)?;
            self.console.line(format!(
                "{agents} agents, study {study}: {kills} kills, {in_recovery} during recovery, compared."
            ));
            if self.verdict.planted.is_some() && !self.is_clean() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_clean(&self) -> bool {
        self.verdict.lost == 0 && self.verdict.complaints.is_empty()
    }

    /// One life of a victim, to its end or to its kill.
    fn live(
        &mut self,
        data: &str,
        agents: u32,
        strikes_early: bool,
        point: Option<u64>,
        acked: &mut u64,
        heads: &mut Heads,
    ) -> Result<Life, Failure> {
        let mut victim = self.start(data, agents, true)?;
        let mut last = String::new();
        while let Some((line, after)) = victim.line()? {
            let told = Told::read(&line);
            last = line;
            match told {
                Some(Told::Opening) if strikes_early => {
                    // Somewhere in the time that recoveries take.
                    let typical = self.recoveries.last().copied().unwrap_or(Duration::from_millis(40));
                    let delay = typical.saturating_sub(after).mul_f64(self.random.next_f64());
                    let rest = victim.kill(delay)?;
                    let late = rest.iter().filter_map(|line| Told::read(line)).collect::<Vec<_>>();
                    for told in &late {
                        self.count(*told, acked, heads);
                    }
                    self.verdict.rounds += 1;
                    // It was quicker than the kill: then it is one like any other.
                    self.verdict.rounds_in_recovery += u64::from(!late.contains(&Told::Useful));
                    return Ok(Life::Killed);
                }
                // Told once a life.
                Some(Told::Useful) => self.recoveries.push(after),
                Some(told) => {
                    self.count(told, acked, heads);
                    if matches!(told, Told::Acked(..)) && point.is_some_and(|point| *acked >= point) {
                        let delay = AFTER_ACK.mul_f64(self.random.next_f64());
                        for line in victim.kill(delay)? {
                            if let Some(told) = Told::read(&line) {
                                self.count(told, acked, heads);
                            }
                        }
                        self.verdict.rounds += 1;
                        return Ok(Life::Killed);
                    }
                }
                None => {}
            }
        }
        if victim.end()? == Ended::Badly {
            self.verdict.complaints.push(format!("{data}: a life ended by itself: {last}"));
        }
        Ok(Life::Finished)
    }

    fn count(&mut self, told: Told, acked: &mut u64, heads: &mut Heads) {
        match told {
            Told::Acked(stream, sequence) => {
                *acked += 1;
                *heads.of(stream) = sequence;
                self.verdict.acked += 1;
            }
            Told::Opened(stream, found) if found < *heads.of(stream) => {
                let head = std::mem::replace(heads.of(stream), found);
                self.verdict.lost += 1;
                self.verdict.complaints.push(format!(
                    "sequence {head} of the {stream:?} was acknowledged, and its log ended at {found} when it was opened"
                ));
            }
            _ => {}
        }
    }

    fn found(&self, data: &str) -> Result<Value, Failure> {
        let file = self.folder.join(format!("{data}.json"));
        let text = std::fs::read_to_string(&file).map_err(|error| Failure::io("read", &file, &error))?;
        serde_json::from_str(&text).map_err(|error| Failure::new(format!("read {}: {error}", file.display())))
    }

    fn compare(&mut self, data: &str, expected: &Expected) -> Result<(), Failure> {
        if !self.folder.join(format!("{data}.json")).exists() {
            // It has complained already: its last life ended badly.
            return Ok(());
        }
        let found = self.found(data)?;
        let (found_trials, expected_trials) = (trials(&found), trials(&expected.found));
        for (id, expected) in &expected_trials {
            match found_trials.get(id) {
                None => self.verdict.lost += 1,
                Some(found) if found["state"] == "running" => self.verdict.orphans += 1,
                Some(found) => {
                    for part in ["sampler", "params", "state", "rung", "epochs", "value", "values", "failure"] {
                        if found[part] != expected[part] {
                            self.verdict.complaints.push(format!(
                                "{data}: trial {id} has `{part}` {}, unkilled {}",
                                found[part], expected[part]
                            ));
                        }
                    }
                }
            }
        }
        self.verdict.phantom += found_trials.keys().filter(|id| !expected_trials.contains_key(*id)).count() as u64;
        for part in ["best", "test_value", "ledger", "variables"] {
            if found[part] != expected.found[part] {
                self.verdict
                    .complaints
                    .push(format!("{data}: `{part}` is {}, unkilled {}", found[part], expected.found[part]));
            }
        }
        if found["budget"]["granted"] != expected.found["budget"]["granted"]
            || found["budget"]["spent"] != expected.found["budget"]["spent"]
        {
            self.verdict
                .complaints
                .push(format!("{data}: the budget is {}, unkilled {}", found["budget"], expected.found["budget"]));
        }
        Ok(())
    }
}

fn trials(found: &Value) -> BTreeMap<u64, &Value> {
    let trials = found["trials"].as_array().into_iter().flatten();
    trials.filter_map(|trial| Some((trial["id"].as_u64()?, trial))).collect()
}
