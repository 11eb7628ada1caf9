//! The keys of the schedule.

use super::{Key, Kind, LARGEST, Need};

/// The kinds of schedules, each with the keys that it has.
#[cfg(feature = "app")]
pub(in crate::study_file) const SCHEDULE_KINDS: &[(&str, &[&str])] = &[
    ("asha", &["rungs", "eta", "reserve"]),
    ("hyperband", &["rungs", "eta", "brackets", "reserve"]),
    ("median", &["rungs", "grace", "least_completed", "reserve"]),
    ("pbt", &["rungs", "population", "share_percent", "resample_percent", "fixed"]),
    ("none", &["epochs"]),
];

/// The words for `kind`; a test compares them with [`SCHEDULE_KINDS`].
pub(super) const SCHEDULE_WORDS: &[&str] = &["asha", "hyperband", "median", "pbt", "none"];

/// Which trials go on.
pub(super) const SCHEDULE: &[Key] = &[
    Key {
        name: "kind",
        kind: Kind::Word(SCHEDULE_WORDS),
        need: Need::Default("\"asha\""),
        about: "`asha` lets the best of each rung go on, `hyperband` does so in several brackets, `median` ends what is \
                worse than the median of the completed trials, `pbt` lets the weak members of a population go on from \
                the checkpoints of the strong ones, `none` runs every trial to its end.",
    },
    Key {
        name: "rungs",
        kind: Kind::Integers(1),
        need: Need::Otherwise("[1, 3, 9, 27]; for `median` every epoch from 1 to 27, for `pbt` every third"),
        about: "After how many epochs a trial is looked at, rising; the last one is the whole of it. Not for `none`.",
    },
    Key {
        name: "epochs",
        kind: Kind::Integer(1, 1 << 31),
        need: Need::Default("1"),
        about: "How many epochs every trial has, for `none`.",
    },
    Key {
        name: "eta",
        kind: Kind::Integer(2, 1_000),
        need: Need::Default("3"),
        about: "One in how many goes on, for `asha` and `hyperband`.",
    },
    Key {
        name: "brackets",
        kind: Kind::Integer(1, 1_000),
        need: Need::Otherwise("as many as rungs"),
        about: "How many brackets there are, at most as many as rungs, for `hyperband`.",
    },
    Key {
        name: "grace",
        kind: Kind::Integer(0, 1 << 31),
        need: Need::Default("3"),
        about: "Trials that have had fewer epochs than this are not stopped, for `median`.",
    },
    Key {
        name: "least_completed",
        kind: Kind::Integer(1, 1 << 31),
        need: Need::Default("5"),
        about: "As long as fewer trials are completed, none is stopped, for `median`.",
    },
    Key {
        name: "reserve",
        kind: Kind::Integer(0, LARGEST),
        need: Need::Otherwise("what brings one trial from the first rung to the last"),
        about: "How many epochs at the end of the budget are kept for trials that have begun. Not for `pbt` and `none`.",
    },
    Key {
        name: "population",
        kind: Kind::Integer(2, 10_000),
        need: Need::Default("10"),
        about: "How many members there are, for `pbt`.",
    },
    Key {
        name: "share_percent",
        kind: Kind::Integer(1, 50),
        need: Need::Default("20"),
        about: "How large the bottom and the top of the population are, in percent, for `pbt`.",
    },
    Key {
        name: "resample_percent",
        kind: Kind::Integer(0, 100),
        need: Need::Default("25"),
        about: "How often a parameter is drawn anew instead of being moved, in percent, for `pbt`.",
    },
    Key {
        name: "fixed",
        kind: Kind::Texts,
        need: Need::Default("[]"),
        about: "Parameters that a checkpoint depends on, such as the sizes of layers, for `pbt`.",
    },
];
