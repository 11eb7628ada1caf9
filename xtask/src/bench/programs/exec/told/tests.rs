use super::*;

#[test]
fn lines_of_trials_are_read_and_others_are_not() {
    let text = "Starting study `sklearn-digits`, seed 1.\n\
                trial   0   27 epochs  0.9608  agent 0, best 0.9608 by trial 0\n\
                trial  12   27 epochs  0.9636  agent 1\n\
                trial   7  failed before 27 epochs: `python3 train.py`: killed\n\
                60 trials: 60 completed, 0 stopped, 0 failed.\n\
                trial  13   27 epochs  0.9";
    let told = [Told { trial: 0, rows: Some(343) }, Told { trial: 12, rows: Some(344) }, Told { trial: 7, rows: None }];
    assert_eq!(read(text), told);
}

/// Four digits of the share tell the row.
#[test]
fn every_number_of_rows_is_read_back() {
    for rows in 0..=357_u32 {
        let shown = format!("trial   1   27 epochs  {:.4}  agent 0", f64::from(rows) / 357.0);
        assert_eq!(read(&shown), [Told { trial: 1, rows: Some(rows) }]);
    }
}
