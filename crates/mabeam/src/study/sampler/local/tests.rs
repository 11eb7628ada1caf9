use super::{LocalSampler, LocalSettings};
use crate::study::sampler::toys::{Toy, wins};

#[test]
fn it_beats_random_search() {
    let local = LocalSampler::default();
    for toy in [Toy::Bowl, Toy::Valley, Toy::Mixed] {
        let wins = wins(&local, toy, 100, 20);
        assert!(wins >= 17, "{toy:?}: {wins} of 20 seeds won");
    }
}

#[test]
fn the_step_halves_and_ends_at_the_shortest() {
    let local = LocalSampler::default();
    let steps = [0, 25, 50, 10_000].map(|trials| local.step(trials));
    let expected = [0.2, 0.1, 0.05, 0.02];
    assert!(steps.iter().zip(expected).all(|(step, expected)| (step - expected).abs() < 1e-12), "{steps:?}");
}

#[test]
fn a_setting_that_makes_no_sense_is_named() {
    let good = LocalSettings::default;
    for (settings, name) in [
        (LocalSettings { startup: 0, ..good() }, "startup"),
        (LocalSettings { best: 0, ..good() }, "best"),
        (LocalSettings { step: 1.5, ..good() }, "step"),
        (LocalSettings { halving: 0, ..good() }, "halving"),
        (LocalSettings { narrowest: 0.0, ..good() }, "narrowest"),
    ] {
        let error = LocalSampler::new(settings).unwrap_err();
        assert!(error.what().starts_with(&format!("setting `{name}` of sampler local is ")), "{error}");
    }
}
