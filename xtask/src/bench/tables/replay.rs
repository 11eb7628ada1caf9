//! Our side: studies of 60 trials, looked up one after the other.

use std::ops::RangeInclusive;
use std::sync::Arc;

use mabeam::{Bandwidth, Direction, GpSampler, RandomSampler, Sampler, Study, TpeSampler, TpeSettings};
use mabeam_tables::Table;

use crate::failure::Failure;

/// Trials of a study.
pub(super) const TRIALS: u64 = 60;
/// The seeds, all of which count.
pub(super) const SEEDS: RangeInclusive<u64> = 1..=20;

/// Our sampler: the Gaussian process with its defaults. On the seven tables, seeds 101 to 120, it has a mean regret of
/// 0.0275, [`quick`] of 0.0331 and TPE with its defaults of 0.0394.
pub(super) fn ours() -> Arc<dyn Sampler> {
    Arc::new(GpSampler::default())
}

/// What proposes thousands of trials in seconds: TPE. What differs from its defaults was chosen on the seven tables with
/// the seeds 101 to 300, and no others, among 25 settings of `gamma`, `startup`, `prior_weight` and `bandwidth`.
pub(super) fn quick() -> Result<Arc<dyn Sampler>, Failure> {
    let settings =
        TpeSettings { bandwidth: Bandwidth::Range(0.1), prior_weight: 0.3, startup: 5, ..TpeSettings::default() };
    Ok(Arc::new(TpeSampler::new(settings)?))
}

/// Random search.
pub(super) fn random() -> Arc<dyn Sampler> {
    Arc::new(RandomSampler)
}

/// A study of a table.
pub(super) fn study(table: &Table, sampler: &Arc<dyn Sampler>, seed: u64) -> Study {
    let study = Study::new("table", table.space()).seed(seed).sampler(Arc::clone(sampler));
    if table.direction() == Direction::Minimize { study.minimize() } else { study }
}

/// The regret of each seed.
pub(super) fn regrets(table: &Table, sampler: &Arc<dyn Sampler>) -> Result<Vec<f64>, Failure> {
    SEEDS
        .map(|seed| {
            let simulated = study(table, sampler, seed).slots(1).trials(TRIALS).simulate(table)?;
            let best = simulated.state().best().and_then(mabeam::Trial::value);
            best.map(|best| table.regret(best))
                .ok_or_else(|| Failure::new(format!("no trial of seed {seed} has a value on {}", table.name())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use mabeam::Direction;
    use mabeam_tables::{Axis, Table};

    use super::{SEEDS, quick, random, regrets};

    /// A grid of 400 points around the best one.
    fn bowl(direction: Direction) -> Table {
        let axis = |name: &str| Axis {
            name: name.to_owned(),
            is_ordered: true,
            options: (0..20).map(|at: i32| at.to_string()).collect(),
        };
        let value = |at: i32| (at / 20 - 13).pow(2) + (at % 20 - 4).pow(2);
        let values = (0..400).map(|at| direction.oriented(-f64::from(value(at))) as f32).collect();
        Table::new("bowl", "value", direction, vec![axis("a"), axis("b")], values, vec![1.0; 400]).unwrap()
    }

    #[test]
    fn a_model_regrets_less_than_random_search_in_both_directions() {
        for direction in [Direction::Maximize, Direction::Minimize] {
            let table = bowl(direction);
            let mean = |regrets: &[f64]| regrets.iter().sum::<f64>() / regrets.len() as f64;
            let random = regrets(&table, &random()).unwrap();
            let found = regrets(&table, &quick().unwrap()).unwrap();
            assert_eq!(found.len(), SEEDS.count());
            assert!(found.iter().chain(&random).all(|regret| (0.0..1.0).contains(regret)), "{found:?} {random:?}");
            assert!(mean(&found) < mean(&random) / 2.0, "{found:?} {random:?}");
        }
    }
}
