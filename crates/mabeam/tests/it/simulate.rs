//! A simulated study against a real one: where an epoch takes a second, they are the same study.

use foundation_memory::Simulation;
use mabeam::{Advanced, Asha, LookedUp, Params, Study, Tabulated, Trainer, TrialContext, TrialError};

use crate::world::{Disk, result, space};

/// The value after so many epochs.
fn value(params: &Params, epochs: u32) -> Result<f64, TrialError> {
    let x = params.float("x")?;
    Ok(1.0 - (x - 0.3).abs() - params.float("rate")? / f64::from(epochs))
}

struct Looked;

impl Tabulated for Looked {
    fn look_up(&self, params: &Params, from_epoch: u32, to_epoch: u32) -> Result<LookedUp, TrialError> {
        Ok(LookedUp { value: value(params, to_epoch)?, seconds: f64::from(to_epoch - from_epoch) })
    }
}

struct Trained;

impl Trainer for Trained {
    fn advance(&self, trial: &TrialContext, params: &Params, _: Option<&[u8]>) -> Result<Advanced, TrialError> {
        Ok(Advanced { value: value(params, trial.to_epoch)?, checkpoint: vec![1] })
    }
}

#[test]
fn where_an_epoch_takes_a_second_a_simulated_study_is_the_real_one() {
    for slots in [1, 2, 7] {
        let study = || Study::new("looked-up", space()).seed(3).slots(slots).scheduler(Asha::default()).budget(400);
        let world = Simulation::new(1);
        let real = world.block_on(study().train(&Disk::new().on(&world), Trained)).unwrap();
        let simulated = study().simulate(&Looked).unwrap();
        assert_eq!(result(simulated.state()), result(&real), "{slots} slots");
    }
}
