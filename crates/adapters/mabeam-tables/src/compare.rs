//! How tuners fare on several tables: mean regret and mean rank.

/// The ranks of `values` from 1, smallest first; equal ones share their mean rank. NaN comes last.
///
/// ```
/// assert_eq!(mabeam_tables::ranks(&[3.0, 1.0, 3.0, 7.0]), [2.5, 1.0, 2.5, 4.0]);
/// ```
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, two| values[*one].total_cmp(&values[*two]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let equal = order[from..].iter().take_while(|at| values[**at] == values[order[from]]).count().max(1);
        // The ranks from + 1 to from + equal, on average.
        let shared = from as f64 + (equal as f64 + 1.0) / 2.0;
        for at in &order[from..from + equal] {
            ranks[*at] = shared;
        }
        from += equal;
    }
    ranks
}

/// The regrets of several tuners on one table, over the same seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    regrets: Vec<Vec<f64>>,
}

impl Comparison {
    /// The regrets of each tuner, one list a tuner; `None` where the lists are not of one length, or are empty.
    #[must_use]
    pub fn new(regrets: Vec<Vec<f64>>) -> Option<Self> {
        let seeds = regrets.first()?.len();
        (seeds > 0 && regrets.iter().all(|one| one.len() == seeds)).then_some(Self { regrets })
    }

    /// The mean regret of each tuner.
    #[must_use]
    pub fn mean_regrets(&self) -> Vec<f64> {
        self.regrets.iter().map(|one| one.iter().sum::<f64>() / one.len() as f64).collect()
    }

    /// The mean rank of each tuner over the seeds; 1 is the best.
    #[must_use]
    pub fn mean_ranks(&self) -> Vec<f64> {
        let seeds = self.regrets[0].len();
        let mut sums = vec![0.0; self.regrets.len()];
        for seed in 0..seeds {
            let here: Vec<f64> = self.regrets.iter().map(|one| one[seed]).collect();
            for (sum, rank) in sums.iter_mut().zip(ranks(&here)) {
                *sum += rank;
            }
        }
        sums.into_iter().map(|sum| sum / seeds as f64).collect()
    }
}

#[cfg(test)]
mod tests;
