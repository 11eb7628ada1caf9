//! The keys of the program that trains, and of those who check what it finds.

use super::{Key, Kind, Need};

/// The program.
pub(super) const EXEC: &[Key] = &[
    Key {
        name: "command",
        kind: Kind::Command,
        need: Need::Required,
        about: "The program and its arguments, as one line or as a list of words. `{name}` stands for a parameter's \
                value, and also for `trial`, `seed` or `steps`. No shell reads it: a value stays one argument, \
                whatever is in it.",
    },
    Key {
        name: "directory",
        kind: Kind::Text,
        need: Need::Otherwise("the folder of the study file"),
        about: "Where the program works.",
    },
    Key {
        name: "environment",
        kind: Kind::Environment,
        need: Need::Default("{}"),
        about: "Variables that are set for the program.",
    },
    Key {
        name: "timeout",
        kind: Kind::Duration,
        need: Need::Otherwise("no limit"),
        about: "How long one run may take, without the time for which it is held while the study decides.",
    },
    Key {
        name: "cpu",
        kind: Kind::Duration,
        need: Need::Otherwise("no limit"),
        about: "How much time on processors one run may use, all its processes together.",
    },
    Key {
        name: "memory",
        kind: Kind::Size,
        need: Need::Otherwise("no limit"),
        about: "How much resident memory one run may use, all its processes together. Linux only.",
    },
    Key {
        name: "output",
        kind: Kind::Size,
        need: Need::Default("\"64MiB\""),
        about: "How much a run may write to standard output, and as much to standard error.",
    },
    Key {
        name: "retries",
        kind: Kind::Integer(0, 100),
        need: Need::Default("1"),
        about: "How often a run that crashed is started again. A broken limit or a value that is no number is not \
                tried again.",
    },
    Key {
        name: "backoff",
        kind: Kind::Duration,
        need: Need::Default("\"1s\""),
        about: "The wait before the first retry; it doubles before each further one.",
    },
    Key {
        name: "longest_backoff",
        kind: Kind::Duration,
        need: Need::Default("\"1m\""),
        about: "The longest such wait.",
    },
    Key {
        name: "grace",
        kind: Kind::Duration,
        need: Need::Default("\"5s\""),
        about: "From the request to end (SIGTERM) to the kill.",
    },
    Key {
        name: "hold",
        kind: Kind::Switch,
        need: Need::Default("true"),
        about: "Whether a program is stopped (SIGSTOP) while the study decides whether it goes on.",
    },
];

/// Who checks a new best configuration.
pub(super) const CRITICS: &[Key] = &[
    Key {
        name: "count",
        kind: Kind::Integer(0, 100),
        need: Need::Default("3"),
        about: "How many critics there are. Each evaluates a candidate and the present best one on data of its own, and \
                votes.",
    },
    Key {
        name: "command",
        kind: Kind::Command,
        need: Need::Required,
        about: "The program by which they judge, as in `exec`; `{critic}` stands for the number of the critic, from 0, \
                by which it chooses data of its own.",
    },
];
