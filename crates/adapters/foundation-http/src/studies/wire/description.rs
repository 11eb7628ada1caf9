//! The description of a study as a client writes it: with the words of a study file, as far as they make sense where
//! workers measure.

mod schedule;
mod space;
mod team;

use foundation_core::{Code, Error, Result};
use mabeam::{Direction, Goal, Params, SearchSpace, StudyConfig};

use super::Body;
use super::object::{Object, Placed, wrong};

/// How many trials a study has whose description says neither trials nor budget.
const USUAL_TRIALS: u64 = 100;
/// What a study file says and a description over HTTP does not, why not, and what to do.
const ELSEWHERE: [(&str, &str, &str); 5] = [
    ("critics", "critics judge by runs of their own, and workers that ask and tell have none", "leave it out"),
    ("exec", "workers measure the trials of this study, no program does", "run a study file with `mabeam tune`"),
    (
        "agents",
        "whoever asks is an agent of this study",
        "leave it out, and let as many workers ask as there are slots",
    ),
    ("time", "a limit of time stands here in seconds", "write `time_limit_s`"),
    ("constraints", "they belong to the space", "write them in `space.constraints`"),
];

/// A study to be begun or resumed.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) config: StudyConfig,
    /// What is tried before the samplers are asked.
    pub(crate) enqueue: Vec<Params>,
}

impl Body for Description {
    fn read(body: &mut Object) -> Result<Self> {
        for (key, why, advice) in ELSEWHERE {
            body.refuse(key, why, advice)?;
        }
        let name = body.text("name")?;
        let name = body.needed("name", name)?;
        let space = body.take("space");
        let space = space::read(body.needed("space", space)?)?;
        let (direction, goals) = objectives(body)?;
        let team = team::read(body)?;
        let schedule = schedule::read(body)?;
        let (trials, budget) = (body.whole("trials")?, body.whole("budget")?);
        let max_trials = if trials.is_none() && budget.is_none() { Some(USUAL_TRIALS) } else { trials };
        let all = max_trials.unwrap_or(0).saturating_mul(u64::from(schedule.last_rung()));
        let enqueue = body.list_of("enqueue", |item| configuration(item, &space))?.unwrap_or_default();
        let usual = StudyConfig::new(name, space);
        let config = StudyConfig {
            max_failures: body.whole("max_failures")?.unwrap_or(usual.max_failures),
            seed: body.whole("seed")?.unwrap_or(0),
            slots: body.whole("slots")?.unwrap_or(usual.slots),
            time_limit_s: body.whole("time_limit_s")?,
            direction,
            goals,
            team,
            schedule,
            budget: budget.unwrap_or(all),
            max_trials,
            ..usual
        };
        config.check()?;
        Ok(Self { config, enqueue })
    }
}

/// What is aimed at: by `direction` alone, or by a list of objectives, of which the first is the study's value.
fn objectives(body: &mut Object) -> Result<(Direction, Vec<Goal>)> {
    let direction = body.take("direction").map(read_direction).transpose()?;
    let Some(listed) = body.list_of("objective", goal)? else { return Ok((direction.unwrap_or_default(), Vec::new())) };
    if direction.is_some() {
        return Err(wrong("`direction` and `objective` are both there".to_owned())
            .advise("give each objective its own direction, and leave `direction` out"));
    }
    for (at, (goal, place)) in listed.iter().enumerate() {
        if listed[..at].iter().any(|(other, _)| other.name == goal.name) {
            return Err(wrong(format!("`{place}`: two objectives are called `{}`", goal.name)).advise("rename one"));
        }
    }
    let mut goals = listed.into_iter().map(|(goal, _)| goal);
    let first = goals.next().ok_or_else(|| wrong("`objective` is empty".to_owned()).advise("list one or more"))?;
    Ok((first.direction, goals.collect()))
}

fn goal(item: Placed) -> Result<(Goal, String)> {
    let mut fields = item.object()?;
    let name = fields.text("name")?;
    let name = fields.needed("name", name)?;
    let direction = fields.take("direction").map(read_direction).transpose()?.unwrap_or_default();
    let place = fields.place("name");
    fields.end()?;
    Ok((Goal { name, direction }, place))
}

fn read_direction(placed: Placed) -> Result<Direction> {
    Ok(match placed.word(&["maximize", "minimize"])? {
        "minimize" => Direction::Minimize,
        _ => Direction::Maximize,
    })
}

/// A configuration of the space that keeps its constraints.
fn configuration(item: Placed, space: &SearchSpace) -> Result<Params> {
    let during = |error: Error| error.during(format!("read `{}`", item.at));
    let read: Params = serde_json::from_value(item.value.clone())
        .map_err(|error| during(Error::new(Code::InvalidInput, error.to_string())))?;
    let params = space.conform(&read).map_err(during)?;
    space.check_feasible(&params).map_err(during)?;
    Ok(params)
}
