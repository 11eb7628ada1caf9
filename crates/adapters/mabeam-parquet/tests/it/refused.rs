//! What is not written, and how that is told.

use foundation_core::{Code, Error};
use mabeam::{Params, TrialRow};
use mabeam_parquet::write_parquet;

use crate::reading::read;
use crate::tables::{row, table, written};

fn refused(row: TrialRow) -> Error {
    write_parquet(&table(vec![crate::tables::row(0), row]), Vec::new()).unwrap_err()
}

#[test]
fn a_trial_that_is_not_of_its_space_is_told_with_its_number_and_column() {
    let without = |name: &str| -> Params {
        let params = row(1).params;
        params.iter().filter(|(one, _)| *one != name).map(|(name, value)| (name.to_owned(), value.clone())).collect()
    };
    for (params, told) in [
        (without("lr.of.a"), "trial 1: column `param.lr.of.a` is empty"),
        (row(1).params.with("lr.of.a", 1), "trial 1: column `param.lr.of.a` is `1`"),
        (row(1).params.with("depth", 2.0), "trial 1: column `param.depth` is `2.0`"),
        (row(1).params.with("act", true), "trial 1: column `param.act` is `true`"),
        (row(1).params.with("value", "yes"), "trial 1: column `param.value` is `yes`"),
    ] {
        let error = refused(TrialRow { params, ..row(1) });
        assert_eq!(
            (error.code(), error.what()),
            (Code::Encoding, format!("write study `s` as Parquet: {told}").as_str())
        );
    }
    assert_eq!(
        refused(row(1 << 63)).what(),
        "write study `s` as Parquet: trial 9223372036854775808: column `trial` is `9223372036854775808`"
    );
    let complete = written(&table(vec![TrialRow { params: without("depth"), ..row(1) }]));
    assert_eq!(read(complete).rows[0].params.get("depth"), None, "it has a condition");
}
