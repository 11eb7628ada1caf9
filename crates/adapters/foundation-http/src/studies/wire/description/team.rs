//! Who proposes, in the words of a study file.

use foundation_core::{Error, Result};
use mabeam::{Allocation, Member, SAMPLER_NAMES, TeamConfig, Terms};
use serde_json::Value;

use super::super::object::{Object, Placed, meant, wrong};

/// The sampler of a study whose description names none.
const USUAL_SAMPLER: &str = "tpe";
/// What each of several members begins with, in units.
const USUAL_CREDIT: u64 = 1_000;

/// The team of a description: one `sampler`, or a `team` of several.
pub(super) fn read(body: &mut Object) -> Result<TeamConfig> {
    let alone = body.take("sampler").map(by_name).transpose()?;
    let Some(mut fields) = body.object("team")? else {
        let members = vec![alone.map_or_else(|| by_name(usual()), Ok)?];
        return Ok(TeamConfig { members, market: None });
    };
    if alone.is_some() {
        return Err(wrong("`sampler` and `team` are both there".to_owned()).advise("list it in `team.samplers`"));
    }
    let named = fields.list_of("samplers", by_name)?;
    let listed = fields.list_of("member", member)?;
    let members = match (named, listed) {
        (Some(members), None) | (None, Some(members)) => members,
        (None, None) => vec![by_name(usual())?],
        (Some(_), Some(_)) => {
            return Err(wrong("`team.samplers` and `team.member` are both there".to_owned())
                .advise("list all samplers in one of them"));
        }
    };
    let allocation = match fields.take("allocation") {
        Some(placed) => Allocation::by_name(placed.word(&Allocation::ALL.map(Allocation::name))?)?,
        None => Allocation::default(),
    };
    let credit = fields.whole("credit")?.unwrap_or(USUAL_CREDIT);
    fields.end()?;
    let market = (members.len() > 1).then(|| Terms::new(members.len() as u32, credit, allocation));
    let team = TeamConfig { members, market };
    team.check().map_err(|error| error.during("read `team`"))?;
    Ok(team)
}

fn usual() -> Placed {
    Placed { at: "sampler".to_owned(), value: USUAL_SAMPLER.into() }
}

/// A sampler with its default settings, called as it is.
fn by_name(placed: Placed) -> Result<Member> {
    let at = placed.at.clone();
    let sampler = placed.text()?;
    checked(&at, Member { name: sampler.clone(), sampler, settings: Value::Null })
}

fn member(item: Placed) -> Result<Member> {
    let mut fields = item.object()?;
    let sampler = fields.text("sampler")?;
    let sampler = fields.needed("sampler", sampler)?;
    let name = fields.text("name")?.unwrap_or_else(|| sampler.clone());
    let settings = fields.take("settings").map(|placed| placed.value).unwrap_or_default();
    let at = fields.at().to_owned();
    fields.end()?;
    checked(&at, Member { name, sampler, settings })
}

fn checked(at: &str, member: Member) -> Result<Member> {
    let during = |error: Error| {
        let is_known = SAMPLER_NAMES.contains(&member.sampler.as_str());
        let advice = if is_known { "correct the setting".to_owned() } else { meant(&member.sampler, &SAMPLER_NAMES) };
        error.during(format!("read `{at}`")).advise(advice)
    };
    mabeam::with_settings(&member.sampler, &member.settings).map_err(during)?;
    Ok(member)
}
