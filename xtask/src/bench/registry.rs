//! Group `registry`: looking up who has a name, and giving names out and back.
//!
//! The BEAM's rows are of a table that is asked directly (`beam_ets`), with a check that the process lives; what each
//! row does stands in the package that does it, `xtask/peers/src/rows.rs`.

use super::row::Row;
use super::runtime_bench;
use crate::args::BenchArgs;
use crate::console::Console;
use crate::failure::Failure;

const ROWS: [&str; 3] = ["lookup_1", "lookup_2", "register_unregister"];

/// Measures the group.
pub(super) fn measure(args: &BenchArgs, console: Console) -> Result<Vec<Row>, Failure> {
    runtime_bench::measure(&ROWS, args, console, |peer| if peer == "beam" { "beam_ets" } else { peer })
}
