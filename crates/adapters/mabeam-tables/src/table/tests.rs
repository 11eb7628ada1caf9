use foundation_core::Code;
use mabeam::{Direction, Params, Tabulated as _};

use super::{Axis, Table};

fn axis(name: &str, is_ordered: bool, options: &[&str]) -> Axis {
    Axis { name: name.to_owned(), is_ordered, options: options.iter().map(|&word| word.to_owned()).collect() }
}

fn axes() -> Vec<Axis> {
    vec![axis("n", true, &["1", "10", "100"]), axis("act", false, &["relu", "tanh"])]
}

fn table() -> Table {
    let values = vec![5.0, 4.0, 3.0, 2.0, 1.0, 6.0];
    let seconds = vec![10.0, 11.0, 20.0, 21.0, 30.0, 31.0];
    Table::new("t", "loss", Direction::Minimize, axes(), values, seconds).unwrap()
}

#[test]
fn the_last_axis_is_the_fastest() {
    let table = table();
    for n in 0..3 {
        for (at, act) in ["relu", "tanh"].into_iter().enumerate() {
            let params = Params::new().with("n", n).with("act", act);
            let index = 2 * usize::try_from(n).unwrap() + at;
            assert_eq!(table.index_of(&params).unwrap(), index);
            let looked_up = table.look_up(&params, 0, 1).unwrap();
            assert_eq!(looked_up.value, f64::from(table.values()[index]));
            assert_eq!(looked_up.seconds, f64::from(table.seconds()[index]));
        }
    }
}

#[test]
fn every_point_that_a_sampler_can_propose_is_there() {
    let table = table();
    let mut seen: Vec<usize> = Vec::new();
    for a in 0..12 {
        for b in 0..12 {
            let at = |k: i32| (f64::from(k) + 0.5) / 12.0;
            seen.push(table.index_of(&table.space().params_at(&[at(a), at(b)])).unwrap());
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn regret_is_0_at_the_best_and_1_at_the_median() {
    let table = table();
    assert_eq!((table.best(), table.median()), (1.0, 3.5));
    assert_eq!((table.regret(1.0), table.regret(3.5), table.regret(6.0)), (0.0, 1.0, 2.0));
    let values = vec![5.0, 4.0, 3.0, 2.0, 1.0, 6.0];
    let larger = Table::new("t", "acc", Direction::Maximize, axes(), values, vec![1.0; 6]).unwrap();
    assert_eq!((larger.best(), larger.median()), (6.0, 3.5));
    assert_eq!((larger.regret(6.0), larger.regret(3.5), larger.regret(1.0)), (0.0, 1.0, 2.0));
}

#[test]
fn what_the_table_does_not_know_is_an_error() {
    let table = table();
    let here = Params::new().with("n", 1).with("act", "relu");
    assert!(table.look_up(&here, 0, 9).unwrap_err().message().contains("epoch 0 to 9"));
    for (params, named) in [
        (Params::new().with("n", 3).with("act", "relu"), "`n` of table `t` is 3"),
        (Params::new().with("n", -1).with("act", "relu"), "`n` of table `t` is -1"),
        (Params::new().with("n", 1.0).with("act", "relu"), "`n` of table `t` is 1.0"),
        (Params::new().with("n", 1).with("act", "elu"), "`act` of table `t` is elu"),
        (Params::new().with("n", 1), "`act` of table `t` is missing"),
    ] {
        let error = table.index_of(&params).unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy);
        assert!(error.what().contains(named), "{error}");
    }
}

#[test]
fn a_table_that_is_not_whole_is_refused() {
    let good = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    for (values, seconds, named) in [
        (good[1..].to_vec(), vec![1.0; 6], "5 values and 6 times"),
        (good.clone(), vec![1.0; 7], "6 values and 7 times"),
        (vec![1.0, 2.0, f32::NAN, 4.0, 5.0, 6.0], vec![1.0; 6], "point 2 has the value NaN"),
        (good.clone(), vec![1.0, -1.0, 1.0, 1.0, 1.0, 1.0], "point 1 takes -1 seconds"),
        (vec![1.0; 6], vec![1.0; 6], "as good as the best"),
    ] {
        let error = Table::new("t", "loss", Direction::Minimize, axes(), values, seconds).unwrap_err();
        assert_eq!(error.code(), Code::Corrupt);
        assert!(error.what().contains(named), "{error}");
    }
    let one = vec![axis("n", true, &["1"])];
    let error = Table::new("t", "loss", Direction::Minimize, one, vec![1.0], vec![1.0]).unwrap_err();
    assert_eq!(error.code(), Code::InvalidStudy, "{error}");
}
