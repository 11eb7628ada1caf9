//! The rows: their names, which are those of the command contract, what they do, and how much of it a round is.
//!
//! Everything in Rust runs in this one program on one tokio runtime with two workers (actix on its own arbiters, of
//! which it uses up to two); the BEAM has two schedulers. Who drives a round is a task, too: nothing waits on a thread
//! outside the runtime. A message carries 16 bytes of payload, in ours beside its context word of eight. Time runs from
//! the driver's word to begin until the last receiver or caller notes its end; what is counted is what was received.
//!
//! | row | what is done |
//! |---|---|
//! | `call_1`, `call_64` | One server answers the sum of the payload, 8 bytes; so many callers call it one after the other, each waiting for its answer, and check it. Callers are processes in ours and the BEAM, tasks in tokio, ractor and kameo, futures on the server's own arbiter in actix. Ours has a deadline of 60 s a call, the BEAM `gen_server:call` with its default of 5 s, the others none; tokio: unbounded channel and oneshot. |
//! | `call_1_inline` | `call_1`, where ours has a server that allows calls in place (`Process::CALLS_IN_PLACE`): its handler runs in the caller. tokio and BEAM do what they do in `call_1`. |
//! | `cast_1_1`, `cast_4_1` | So many senders send to one receiver that counts; no mailbox has a bound. BEAM: `gen_server:cast`. actix: on one arbiter for one sender, on two for four. |
//! | `cast_bounded_1_1`, `cast_bounded_4_1` | The same with room for 1,024 messages; senders wait for room. The BEAM, ractor and actix have no such mailbox. |
//! | `ring` | A token goes round 1,000 processes, one hop at a time. BEAM: plain processes and `!`. |
//! | `start_stop` | One after the other: start with `init` acknowledged, stop with the end awaited. Ours: a child of a dynamic supervisor, which asks for both. BEAM: `start_child` and `terminate_child` of a `simple_one_for_one` supervisor. tokio, ractor, kameo: without any supervisor. |
//! | `start_stop_named` | The same with a registered name, which goes with the process. BEAM: `{local, Name}`, one atom. tokio: a map behind a mutex. |
//! | `restart_kill`, `restart_panic` | Median of 1,000: from the kill (the message on which it panics) until the next life has registered its name and begun. Ours and BEAM: a permanent child with a restart intensity that is counted. tokio: a loop that awaits the handle, a map behind a mutex. ractor: a supervisor that spawns again, without intensity. kameo: supervised, with intensity, without a name. |
//! | `ecosystem_up_N` | A coordinator and N workers are started; each registers its name and joins. Until the last has joined and the start has been acknowledged. Ours: one dynamic supervisor, the workers in one `start_many`. BEAM: one `one_for_one` supervisor with N + 1 children that start in order. ractor: linked below the coordinator. tokio: unsupervised. |
//! | `ecosystem_down_N` | Until all of them are gone. Ours, tokio and ractor: all are told at once, then awaited; those of ours that have had no mail end in place. BEAM: the supervisor stops them, the last first, each awaited. |
//! | `idle_bytes` | Growth of the resident set by 200,000 processes that wait for mail, each process's share, in a program of its own. Ours: children of a supervisor, with a registered name; none of them has had any mail, and one that has had some has a task as well, about 200 bytes more. The others: without supervisors and names; unbounded mailboxes; BEAM: `gen_server:start`. |
//! | `idle_1m_bytes_total` | The same in all, of 1,000,000 processes of ours below 1,000 supervisors, without names. |
//! | `lookup_1`, `lookup_2` | So many threads look up 1,024 names of 16 bytes in an order that no table has. Ours: `whereis`, which copies a process's number and life. BEAM: a public ETS table with `read_concurrency` and `is_process_alive`. ractor: `where_is`, which clones a cell. papaya: the bare table, pinned at each lookup. |
//! | `register_unregister` | A name goes in and out of a table with 1,024 others, on one thread. Ours: owned by a living process. BEAM: `insert_new` and `delete` in ETS, papaya: the bare table; in both nothing is tied to a process's life. |

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What scripts know it by.
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) kind: Kind,
    /// Operations of one round, or processes.
    pub(crate) size: u64,
}

/// How a row is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Operations a second.
    Rate,
    /// The time that something takes.
    Time,
    /// The memory that processes take, in a program of their own.
    Idle,
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// Every row, in the order in which they are measured.
pub(crate) const ROWS: &[Row] = &[
    row("call_1", "calls/s", Kind::Rate, 200_000),
    row("call_1_inline", "calls/s", Kind::Rate, 200_000),
    row("call_64", "calls/s", Kind::Rate, 256_000),
    row("cast_1_1", "messages/s", Kind::Rate, 1_000_000),
    row("cast_4_1", "messages/s", Kind::Rate, 1_000_000),
    row("cast_bounded_1_1", "messages/s", Kind::Rate, 500_000),
    row("cast_bounded_4_1", "messages/s", Kind::Rate, 500_000),
    row("ring", "hops/s", Kind::Rate, 1_000_000),
    row("start_stop", "starts/s", Kind::Rate, 20_000),
    row("start_stop_named", "starts/s", Kind::Rate, 20_000),
    row("restart_kill", "µs", Kind::Time, 1_000),
    row("restart_panic", "µs", Kind::Time, 1_000),
    row("ecosystem_up_1000", "ms", Kind::Time, 1_000),
    row("ecosystem_down_1000", "ms", Kind::Time, 1_000),
    row("ecosystem_up_10000", "ms", Kind::Time, 10_000),
    row("ecosystem_down_10000", "ms", Kind::Time, 10_000),
    row("idle_bytes", "bytes", Kind::Idle, 200_000),
    row("idle_1m_bytes_total", "bytes", Kind::Idle, 1_000_000),
    row("lookup_1", "lookups/s", Kind::Rate, 2_000_000),
    row("lookup_2", "lookups/s", Kind::Rate, 4_000_000),
    row("register_unregister", "pairs/s", Kind::Rate, 200_000),
];

const fn row(name: &'static str, unit: &'static str, kind: Kind, size: u64) -> Row {
    Row { name, unit, kind, size }
}

impl Row {
    pub(crate) fn better(&self) -> Better {
        if self.kind == Kind::Rate { Better::Higher } else { Better::Lower }
    }
}
