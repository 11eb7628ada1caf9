//! The keys of the team that proposes.

use super::{Key, Kind, Need};

/// The samplers, as `mabeam::SAMPLER_NAMES` has them.
pub(super) const SAMPLERS: &[&str] = &["random", "sobol", "tpe", "gp", "cma", "local"];

/// The rules of allocation, as `mabeam::Allocation` has them.
pub(super) const ALLOCATIONS: &[&str] = &["second_price", "bandit", "round_robin", "equal_split"];

/// Who proposes.
pub(super) const TEAM: &[Key] = &[
    Key {
        name: "samplers",
        kind: Kind::Words(SAMPLERS),
        need: Need::Otherwise("`member` lists them, and otherwise it is `tpe` alone"),
        about: "The samplers, each with its default settings.",
    },
    Key {
        name: "allocation",
        kind: Kind::Word(ALLOCATIONS),
        need: Need::Default("\"second_price\""),
        about: "How the next trial finds its sampler: sold to the highest bid at the second price, given by a bandit, \
                in turn, or to the one that has cost least.",
    },
    Key {
        name: "credit",
        kind: Kind::Integer(1, 1_000_000_000_000),
        need: Need::Default("1000"),
        about: "What each sampler begins with, in units, where trials are sold.",
    },
    Key {
        name: "member",
        kind: Kind::Tables(MEMBER),
        need: Need::Otherwise("`samplers` lists them"),
        about: "The samplers, each with settings of its own.",
    },
];

/// A sampler with settings of its own.
const MEMBER: &[Key] = &[
    Key { name: "sampler", kind: Kind::Word(SAMPLERS), need: Need::Required, about: "Which sampler it is." },
    Key {
        name: "name",
        kind: Kind::Text,
        need: Need::Otherwise("the sampler's name"),
        about: "What it is called in accounts and in the report; no two members share a name.",
    },
    Key {
        name: "settings",
        kind: Kind::Settings,
        need: Need::Default("{}"),
        about: "The sampler's settings, where they are not the default ones.",
    },
];
