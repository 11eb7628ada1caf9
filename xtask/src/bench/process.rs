//! Group `process`: messages, starts, restarts and memory of processes.
//!
//! What each row does in ours and in each peer stands in the package that does it, `xtask/peers/src/rows.rs`.

use super::row::Row;
use super::runtime_bench;
use crate::args::BenchArgs;
use crate::console::Console;
use crate::failure::Failure;

const ROWS: [&str; 18] = [
    "call_1",
    "call_1_inline",
    "call_64",
    "cast_1_1",
    "cast_4_1",
    "cast_bounded_1_1",
    "cast_bounded_4_1",
    "ring",
    "start_stop",
    "start_stop_named",
    "restart_kill",
    "restart_panic",
    "ecosystem_up_1000",
    "ecosystem_down_1000",
    "ecosystem_up_10000",
    "ecosystem_down_10000",
    "idle_bytes",
    "idle_1m_bytes_total",
];

/// Measures the group.
pub(super) fn measure(args: &BenchArgs, console: Console) -> Result<Vec<Row>, Failure> {
    runtime_bench::measure(&ROWS, args, console, |peer| peer)
}
