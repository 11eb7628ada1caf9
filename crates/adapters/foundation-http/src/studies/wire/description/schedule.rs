//! Which trials go on, in the words of a study file.

use foundation_core::{Code, Error, Result};
use mabeam::{Asha, Halving, Hyperband, MedianStopping, Schedule};

use super::super::object::Object;

/// The kinds; `halving` is the older word for `asha`.
const KINDS: [&str; 6] = ["asha", "halving", "hyperband", "median", "none", "pbt"];

/// The rule of a description; without one every trial has one step.
pub(super) fn read(body: &mut Object) -> Result<Schedule> {
    let Some(mut fields) = body.object("schedule")? else { return Ok(Asha::single_rung(1).into()) };
    let kind = fields.take("kind");
    let kind = fields.needed("kind", kind)?.word(&KINDS)?;
    let schedule = match kind {
        "none" => Asha::single_rung(fields.whole("epochs")?.unwrap_or(1)).into(),
        "hyperband" => {
            let ladder = ladder(&mut fields)?;
            let brackets = fields.whole("brackets")?.unwrap_or(ladder.rungs.len() as u32);
            Hyperband { ladder, brackets }.into()
        }
        "median" => {
            let usual = MedianStopping::default();
            MedianStopping {
                rungs: rungs(&mut fields)?.unwrap_or(usual.rungs),
                grace: fields.whole("grace")?.unwrap_or(usual.grace),
                least_completed: fields.whole("least_completed")?.unwrap_or(usual.least_completed),
                reserve: fields.whole("reserve")?.unwrap_or(0),
            }
            .into()
        }
        "pbt" => {
            let what = "`schedule.kind` is `pbt`, under which trials go on from checkpoints of others, and workers that \
                        ask and tell hand none over";
            return Err(Error::new(Code::InvalidStudy, what)
                .advise("choose asha, hyperband or median; a population is trained by a trainer in Rust"));
        }
        _ => ladder(&mut fields)?.into(),
    };
    let at = fields.at().to_owned();
    fields.end()?;
    let schedule: Schedule = schedule;
    schedule.check().map_err(|error| error.during(format!("read `{at}`")))?;
    Ok(schedule)
}

/// A halving that stops trials: a worker's trial cannot wait for the others. Where the number of trials is the limit
/// nothing has to be reserved of the budget.
fn ladder(fields: &mut Object) -> Result<Asha> {
    let usual = Asha::default();
    Ok(Asha {
        rungs: rungs(fields)?.unwrap_or(usual.rungs),
        eta: fields.whole("eta")?.unwrap_or(usual.eta),
        halving: Halving::Stopping,
        reserve: fields.whole("reserve")?.unwrap_or(0),
    })
}

fn rungs(fields: &mut Object) -> Result<Option<Vec<u32>>> {
    fields.list_of("rungs", |rung| rung.whole())
}
