//! Who proposes, and how trials are shared among them.

use std::ops::Range;

use mabeam::{Allocation, Member};

use super::problem::Problems;
use super::section::Section;
use super::value::json;

/// The sampler of a study whose file names none.
const DEFAULT_SAMPLER: &str = "tpe";
/// What each sampler begins with where the file does not say it.
const DEFAULT_CREDIT: u64 = 1_000;

/// Reads the team.
pub(super) fn read(root: &Section<'_>, problems: &mut Problems) -> (Vec<Member>, Allocation, u64) {
    let team = root.section("team");
    let allocation = team.text("allocation").and_then(|name| Allocation::by_name(name.text).ok()).unwrap_or_default();
    let credit = team.u64("credit").unwrap_or(DEFAULT_CREDIT);
    if team.has("samplers") && team.has("member") {
        let what = "`samplers` and `member` are both there";
        problems.error(team.key_at("samplers"), what).advise("list all samplers as [[team.member]], or all by name");
    }
    let members = if team.has("member") { with_settings(&team, problems) } else { by_name(&team, problems) };
    let members = if members.is_empty() { vec![member(DEFAULT_SAMPLER, DEFAULT_SAMPLER)] } else { members };
    (members, allocation, credit)
}

fn member(name: &str, sampler: &str) -> Member {
    Member { name: name.to_owned(), sampler: sampler.to_owned(), settings: serde_json::Value::Null }
}

fn by_name(team: &Section<'_>, problems: &mut Problems) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for sampler in team.texts("samplers") {
        add(member(sampler.text, sampler.text), sampler.at, &mut members, problems);
    }
    members
}

fn with_settings(team: &Section<'_>, problems: &mut Problems) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for section in team.tables("member") {
        let Some(sampler) = section.text("sampler") else { continue };
        let name = section.text("name");
        let at = name.as_ref().map_or_else(|| sampler.at.clone(), |name| name.at.clone());
        let settings = section.get("settings").and_then(|value| json(value.get_ref())).unwrap_or_default();
        let name = name.map_or(sampler.text, |name| name.text);
        let added = Member { settings, ..member(name, sampler.text) };
        if let Err(error) = mabeam::with_settings(&added.sampler, &added.settings)
            && section.has("settings")
        {
            problems.error(section.value_at("settings"), error.what());
        }
        add(added, at, &mut members, problems);
    }
    members
}

fn add(member: Member, at: Range<usize>, members: &mut Vec<Member>, problems: &mut Problems) {
    if members.iter().any(|other| other.name == member.name) {
        let what = format!("two samplers are called `{}`", member.name);
        problems.error(at, what).advise("list them as [[team.member]], each with a name of its own");
    } else {
        members.push(member);
    }
}
