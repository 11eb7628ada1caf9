//! Row groups: large tables are written piece by piece.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use mabeam::TrialRow;
use mabeam_parquet::{ROWS_PER_GROUP, write_parquet};
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use crate::reading::read;
use crate::tables::{bits, params, row, table, written};

/// Every other trial has the parameters with a condition, and every third no value.
fn many(count: usize) -> Vec<TrialRow> {
    let (sgd, adam) = (params([0.0; 8]), params([1.0; 8]));
    let rows = (0..count as u64).map(|trial| {
        let params = if trial % 2 == 0 { sgd.clone() } else { adam.clone() };
        let value = (!trial.is_multiple_of(3)).then_some(trial as f64 / 7.0);
        TrialRow { value, params, ..row(trial) }
    });
    rows.collect()
}

#[test]
fn a_row_group_has_ten_thousand_trials_at_most() {
    for (count, groups) in [
        (0, vec![]),
        (ROWS_PER_GROUP, vec![10_000]),
        (ROWS_PER_GROUP + 1, vec![10_000, 1]),
        (25_000, vec![10_000, 10_000, 5_000]),
    ] {
        let table = table(many(count));
        let file = written(&table);
        let reader = SerializedFileReader::new(Bytes::from(file.clone())).unwrap();
        let found: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(found, groups);
        let back = read(file);
        assert_eq!(back.rows.len(), count);
        assert!(back.rows.iter().zip(&table.rows).all(|(one, other)| bits(one) == bits(other)));
    }
}

/// Counts what comes, and the most that came in one piece.
struct Counting<'a> {
    bytes: &'a AtomicUsize,
    largest: usize,
    limit: usize,
    is_flushed: bool,
}

impl Write for Counting<'_> {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if self.bytes.fetch_add(piece.len(), Ordering::Relaxed) + piece.len() > self.limit {
            return Err(std::io::Error::other("no space left"));
        }
        self.largest = self.largest.max(piece.len());
        self.is_flushed = false;
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.is_flushed = true;
        Ok(())
    }
}

#[test]
fn no_piece_is_larger_for_a_larger_table() {
    let largest = |groups: usize| {
        let (table, bytes) = (table(many(groups * ROWS_PER_GROUP)), AtomicUsize::new(0));
        let mut out = Counting { bytes: &bytes, largest: 0, limit: usize::MAX, is_flushed: false };
        write_parquet(&table, &mut out).unwrap();
        assert!(out.is_flushed);
        (out.largest, bytes.load(Ordering::Relaxed))
    };
    let (one, four) = (largest(1), largest(4));
    assert_eq!(one.0, four.0);
    assert!(four.1 > 3 * one.1 && one.1 > 2 * one.0, "{one:?} {four:?}");
}

/// A trial that cannot be stored stands in the second group: the first one has gone out by then.
#[test]
fn a_group_goes_out_before_the_next_one_is_looked_at() {
    let mut rows = many(ROWS_PER_GROUP);
    let first = written(&table(rows.clone())).len();
    rows.push(row(u64::MAX));
    let bytes = AtomicUsize::new(0);
    let out = Counting { bytes: &bytes, largest: 0, limit: usize::MAX, is_flushed: false };
    assert!(write_parquet(&table(rows), out).is_err());
    let gone = bytes.load(Ordering::Relaxed);
    assert!(gone > first / 2, "{gone} of {first} bytes");
}

#[test]
fn a_disk_that_is_full_is_told_wherever_it_is_full() {
    let table = table(many(100));
    let whole = written(&table).len();
    for limit in (0..whole).step_by(37) {
        let bytes = AtomicUsize::new(0);
        let out = Counting { bytes: &bytes, largest: 0, limit, is_flushed: false };
        let error = write_parquet(&table, out).unwrap_err();
        assert_eq!(error.code(), foundation_core::Code::Io, "{limit} of {whole} bytes: {error}");
        assert_eq!(error.what(), "write study `s` as Parquet");
    }
}
