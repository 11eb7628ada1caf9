//! The study `digits`: how it is described, and what is computed beside its budget once it is over.

use std::sync::Arc;

use digits::{DigitsCritic, DigitsTrainer};
use foundation_core::{Code, Error, Result};
use mabeam::{
    Asha, Evaluated, GpSampler, Judge, Judgement, Judging, Params, RandomSampler, RunningStudy, Sampler, Study,
    StudyPorts, StudyState, Team, TpeSampler, Trainer, TrialContext, TrialError,
};

use super::resources::Usage;
use crate::args::{DEFAULT_AGENTS, DEFAULT_BUDGET, DEFAULT_SEED, DEFAULT_SLOTS};

/// The name of the study.
pub(crate) const NAME: &str = "digits";

/// What may be chosen about the study.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    pub(crate) slots: u32,
    pub(crate) agents: u32,
    /// Epochs that end the study, if that is limited.
    pub(crate) budget: Option<u64>,
    pub(crate) trials: Option<u64>,
    /// Whether critics judge what becomes the best.
    pub(crate) critics: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: DEFAULT_SEED,
            slots: DEFAULT_SLOTS,
            agents: DEFAULT_AGENTS,
            budget: Some(DEFAULT_BUDGET),
            trials: None,
            critics: true,
        }
    }
}

/// The samplers that bid for its trials.
pub(crate) fn team() -> Team {
    Team::new().member("gp", Arc::new(GpSampler::default())).member("tpe", Arc::new(TpeSampler::default()))
}

/// A judge that says what processor time it took.
struct Timed<J>(J);

impl<J: Judge> Judge for Timed<J> {
    fn judge(&self, judging: &Judging, params: &Params) -> std::result::Result<Judgement, TrialError> {
        let began = Usage::thread_cpu_s();
        let mut judgement = self.0.judge(judging, params)?;
        judgement.cpu_s = Some(Usage::thread_cpu_s() - began);
        Ok(judgement)
    }
}

/// The study as these settings describe it, with its team.
pub(crate) fn study(settings: &Settings) -> Result<Study> {
    let mut study = described(settings)?.team(team());
    if settings.critics {
        study = study.critics(DigitsCritic::CRITICS, Arc::new(Timed(DigitsCritic::new())));
    }
    Ok(study)
}

/// The study without a team and without critics.
pub(crate) fn described(settings: &Settings) -> Result<Study> {
    let mut study = Study::new(NAME, digits::search_space()?)
        .seed(settings.seed)
        .slots(settings.slots)
        .agents(settings.agents)
        // Three epochs take some milliseconds, as a durable write of the network does; only a crash has them again.
        .durable_checkpoints_from(9)
        .scheduler(Asha::default());
    if let Some(budget) = settings.budget {
        study = study.budget(budget);
    }
    if let Some(trials) = settings.trials {
        study = study.trials(trials);
    }
    Ok(study)
}

/// The study of random search with the same seed, slots and budget: what tuning has to beat.
pub(crate) fn random_study(settings: &Settings) -> Result<Study> {
    let sampler: Arc<dyn Sampler> = Arc::new(RandomSampler);
    Ok(described(settings)?.sampler(sampler))
}

/// A finished network: what it is worth on the validation part, and its checkpoint.
struct Trained {
    value: f64,
    checkpoint: Vec<u8>,
}

/// Trains a configuration from the beginning to the last rung.
fn train(settings: &Settings, trial: u64, params: &Params) -> Result<Trained> {
    let to_epoch = Asha::default().last_rung();
    let context = TrialContext { seed: settings.seed, trial, from_epoch: 0, to_epoch };
    let advanced = DigitsTrainer::new()
        .advance(&context, params, None)
        .map_err(|error| Error::new(Code::Internal, format!("train the configuration again: {error}")))?;
    Ok(Trained { value: advanced.value, checkpoint: advanced.checkpoint })
}

/// What the best trial's network is worth on the test part.
///
/// The network is trained again from the beginning, which has to give the value that the log holds to the last bit:
/// a check of the whole study's repeatability, and no checkpoint of a finished trial has to be kept.
///
/// # Errors
/// `Internal` where the value is another.
pub(crate) fn test_best(settings: &Settings, state: &StudyState) -> Result<Option<f64>> {
    let Some((best, value)) = state.best().and_then(|trial| Some((trial, trial.value()?))) else { return Ok(None) };
    let trained = train(settings, best.id, &best.params)?;
    if trained.value.to_bits() != value.to_bits() {
        return Err(Error::new(
            Code::Internal,
            format!("trial {} reached {value} and, trained again, {}", best.id, trained.value),
        ));
    }
    digits::test_accuracy(&trained.checkpoint).map(Some)
}

/// Computes what the final table compares and adds it to the study's record: the best configuration on the test part,
/// and, on the ports of `baselines`, random search with the same budget and the default configuration. Nothing is
/// computed twice: what the record holds already is left.
///
/// # Errors
/// Those of the studies' parts.
pub(crate) async fn evaluate(
    running: &RunningStudy,
    settings: &Settings,
    baselines: Option<&StudyPorts>,
) -> Result<()> {
    let state = running.look().await?;
    let is_known = |label: &str| state.evaluations().iter().any(|evaluated| evaluated.label == label);
    let record = async |label: &str, value: f64, params: Option<Params>| {
        running.record(Evaluated { label: label.to_owned(), value, params }).await
    };
    if baselines.is_some() && !is_known("default_test") {
        let params = digits::default_params();
        let trained = train(settings, 0, &params)?;
        record("default", trained.value, Some(params.clone())).await?;
        record("default_test", digits::test_accuracy(&trained.checkpoint)?, Some(params)).await?;
    }
    if let Some(memory) = baselines
        && !is_known("random_test")
    {
        let found = random_study(settings)?.train(memory, DigitsTrainer::new()).await?;
        if let (Some(best), Some(test)) = (found.best(), test_best(settings, &found)?) {
            record("random", best.value().unwrap_or_default(), Some(best.params.clone())).await?;
            record("random_test", test, Some(best.params.clone())).await?;
        }
    }
    if !is_known("test")
        && let Some(test) = test_best(settings, &state)?
    {
        record("test", test, None).await?;
    }
    Ok(())
}
