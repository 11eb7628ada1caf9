//! The keys at the top of a study file, and its sections.

use super::exec::{CRITICS, EXEC};
use super::schedule::SCHEDULE;
use super::space::{OBJECTIVE, PARAMETER};
use super::team::TEAM;
use super::{Key, Kind, LARGEST, Need};

pub(super) const DIRECTIONS: &[&str] = &["maximize", "minimize"];

/// The top of the file.
pub(in crate::study_file) const ROOT: &[Key] = &[
    Key {
        name: "name",
        kind: Kind::StudyName,
        need: Need::Otherwise("the name of the file without `.toml`"),
        about: "What the study is called in its data folder, its log and its report: letters, digits, `_` and `-`.",
    },
    Key {
        name: "direction",
        kind: Kind::Word(DIRECTIONS),
        need: Need::Default("\"maximize\""),
        about: "Whether larger values are better, or smaller ones.",
    },
    Key {
        name: "seed",
        kind: Kind::Integer(0, LARGEST),
        need: Need::Default("1"),
        about: "Where the study's random numbers come from. The same seed and slots give the same study.",
    },
    Key {
        name: "slots",
        kind: Kind::Integer(1, 10_000),
        need: Need::Default("2"),
        about: "How many trials stand open at a time, in the study's own time; part of what makes two runs the same.",
    },
    Key {
        name: "agents",
        kind: Kind::Integer(1, 1_024),
        need: Need::Otherwise("as many as slots"),
        about: "How many trainers work at a time, at most as many as slots. Any number gives the same study.",
    },
    Key {
        name: "budget",
        kind: Kind::Integer(1, LARGEST),
        need: Need::Otherwise("`trials` or `time` ends the study"),
        about: "Epochs, the steps that a program reports, that end the study, all trials together.",
    },
    Key {
        name: "trials",
        kind: Kind::Integer(1, LARGEST),
        need: Need::Otherwise("`budget` or `time` ends the study"),
        about: "How many trials are started at most.",
    },
    Key {
        name: "time",
        kind: Kind::Duration,
        need: Need::Otherwise("the study may take as long as it does"),
        about: "How long the study may run, interruptions not counted. What it reaches then depends on the machine.",
    },
    Key {
        name: "constraints",
        kind: Kind::Texts,
        need: Need::Default("[]"),
        about: "What the parameters of a trial have to keep among each other: comparisons of sums and products, joined by \
                `and`, `or` and `not`.",
    },
    Key {
        name: "objective",
        kind: Kind::Tables(OBJECTIVE),
        need: Need::Otherwise("there is one objective, and `direction` says which values are better"),
        about: "Several objectives at once, in the order in which the program reports their values.",
    },
    Key {
        name: "space",
        kind: Kind::Named(PARAMETER),
        need: Need::Required,
        about: "What is tuned: a table for each parameter, `[space.NAME]`.",
    },
    Key {
        name: "enqueue",
        kind: Kind::ListOfValues,
        need: Need::Default("[]"),
        about: "Configurations that are tried first, each a table of values by the parameters' names.",
    },
    Key {
        name: "exec",
        kind: Kind::Table(EXEC),
        need: Need::Otherwise("a command is given on the command line, or workers ask for trials"),
        about: "The program that trains and reports.",
    },
    Key {
        name: "schedule",
        kind: Kind::Table(SCHEDULE),
        need: Need::Otherwise("`kind = \"asha\"`"),
        about: "Which trials go on, and which end early.",
    },
    Key {
        name: "team",
        kind: Kind::Table(TEAM),
        need: Need::Otherwise("`samplers = [\"tpe\"]`"),
        about: "Who proposes configurations.",
    },
    Key {
        name: "critics",
        kind: Kind::Table(CRITICS),
        need: Need::Otherwise("nobody checks: the best trial is the one with the best value"),
        about: "Who checks a new best configuration before it becomes the study's answer.",
    },
];
