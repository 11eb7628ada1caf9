use mabeam::{Judge, Judging};

use super::DigitsCritic;
use crate::default_params;

fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len() as f64
}

#[test]
fn each_critic_judges_by_a_split_of_its_own_and_prefers_the_better_configuration() {
    let critic = DigitsCritic::new();
    let (plain, good) = (default_params(), default_params().with("hidden", 87).with("lr", 0.08).with("batch", 48));
    let scores =
        |critic_number, params| critic.judge(&Judging { seed: 1, critic: critic_number }, params).unwrap().scores;
    for number in 0..DigitsCritic::CRITICS {
        let (better, worse) = (scores(number, &good), scores(number, &plain));
        assert_eq!(better.len(), worse.len());
        assert!(mean(&better) > mean(&worse) + 0.01, "critic {number}: {} {}", mean(&better), mean(&worse));
        assert_eq!(better, scores(number, &good), "the same numbers each time");
    }
    assert_ne!(scores(0, &good), scores(1, &good));
    let beyond = critic.judge(&Judging { seed: 1, critic: DigitsCritic::CRITICS }, &good).unwrap_err();
    assert!(beyond.message().contains("critic 3 has no split"), "{beyond}");
}
