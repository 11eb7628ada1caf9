//! The other shape of an objective: a closure that runs in one go, reports as it goes, and may be told to stop.
//!
//! It runs on a thread of its own. A report below the next rung is answered at once; one that reaches the rung waits
//! until the study has decided, which it does when everything that is earlier in the study's time has reported.

use std::sync::mpsc;

use foundation_core::port::entropy::RandomStream;
use futures_channel::oneshot;

use super::objective::{TrialContext, TrialError};
use super::space::Params;

/// Whether a trial goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a trial that is told to stop has to return"]
pub enum Verdict {
    /// It goes on.
    Continue,
    /// Others are better: return at once, with any value.
    Stop,
}

/// A way to measure parameters: a closure over a [`LiveTrial`].
///
/// After a crash it runs again whole, so its answer should depend on the parameters and on
/// [`LiveTrial::random`] alone.
pub trait Objective: Send + Sync + 'static {
    /// Measures one trial; answers its value.
    ///
    /// # Errors
    /// [`TrialError`] where these parameters cannot be measured; the study notes the trial as failed and goes on.
    fn measure(&self, trial: &mut LiveTrial) -> Result<f64, TrialError>;
}

impl<F> Objective for F
where
    F: Fn(&mut LiveTrial) -> Result<f64, TrialError> + Send + Sync + 'static,
{
    fn measure(&self, trial: &mut LiveTrial) -> Result<f64, TrialError> {
        self(trial)
    }
}

/// How far a stretch of a live trial goes, and where its end is told.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub(crate) to_epoch: u32,
    pub(crate) ended: oneshot::Sender<StretchEnd>,
}

/// How a stretch ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StretchEnd {
    Reached { value: f64, is_done: bool, further: Vec<f64> },
    Failed(String),
}

/// A trial that runs, as its objective sees it.
#[derive(Debug)]
pub struct LiveTrial {
    context: TrialContext,
    params: Params,
    /// The further objectives and what was told of them.
    further: Vec<(String, Option<f64>)>,
    stretch: Option<Stretch>,
    next: mpsc::Receiver<Stretch>,
}

impl LiveTrial {
    /// The number of the trial.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.context.trial
    }

    /// Its parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// A parameter that is a float.
    ///
    /// # Errors
    /// Where the space has no such parameter, or it is of another kind.
    pub fn float(&self, name: &str) -> Result<f64, TrialError> {
        Ok(self.params.float(name)?)
    }

    /// A parameter that is an integer.
    ///
    /// # Errors
    /// Where the space has no such parameter, or it is of another kind.
    pub fn int(&self, name: &str) -> Result<i64, TrialError> {
        Ok(self.params.int(name)?)
    }

    /// A parameter that is one of several options.
    ///
    /// # Errors
    /// Where the space has no such parameter, or it is of another kind.
    pub fn choice(&self, name: &str) -> Result<&str, TrialError> {
        Ok(self.params.choice(name)?)
    }

    /// A parameter that is true or false.
    ///
    /// # Errors
    /// Where the space has no such parameter, or it is of another kind.
    pub fn bool(&self, name: &str) -> Result<bool, TrialError> {
        Ok(self.params.bool(name)?)
    }

    /// Random numbers of this trial, the same when it runs again.
    #[must_use]
    pub fn random(&self, stream: u32) -> RandomStream {
        self.context.stream(stream)
    }

    /// How many steps the trial is to run to, where nothing stops it before: the last rung.
    ///
    /// Nothing is learned by going further. An objective that returns has ended the trial there, wherever it stands.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.context.to_epoch
    }

    /// The step whose report waits for the study's decision; nothing where the trial is over.
    ///
    /// An objective that keeps something busy meanwhile, such as a program of its own, can hold it before it reports.
    #[must_use]
    pub fn next_rung(&self) -> Option<u32> {
        self.stretch.as_ref().map(|stretch| stretch.to_epoch)
    }

    /// Whether the study has let go of the trial: it has ended, or its time is up, or the agent of this trial died.
    /// Nobody waits for the value any more, so return at once.
    ///
    /// Does not wait. [`report`](Self::report) says the same with [`Verdict::Stop`]; this is for an objective that has
    /// nothing to report yet.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stretch.as_ref().is_none_or(|stretch| stretch.ended.is_canceled())
    }

    /// Tells the trial's value in a further objective of the study, by its name; what is told last counts.
    ///
    /// Each of them has to be told before the objective returns or reports at the last step.
    ///
    /// # Errors
    /// Where the study has no such objective, or the value is no finite number.
    pub fn further(&mut self, goal: &str, value: f64) -> Result<(), TrialError> {
        if !value.is_finite() {
            return Err(TrialError::new(format!("the value of `{goal}` is {value}, which is no finite number")));
        }
        let Some((_, told)) = self.further.iter_mut().find(|(name, _)| name == goal) else {
            let known: Vec<&str> = self.further.iter().map(|(name, _)| name.as_str()).collect();
            let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
            return Err(TrialError::new(format!("`{goal}` is no further objective of the study: {known}")));
        };
        *told = Some(value);
        Ok(())
    }

    /// The names of the further objectives, in the study's order.
    #[must_use]
    pub fn further_goals(&self) -> Vec<String> {
        self.further.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The values of the further objectives.
    fn all_further(&self) -> Result<Vec<f64>, TrialError> {
        let told = |(name, value): &(String, Option<f64>)| {
            value.ok_or_else(|| TrialError::new(format!("the objective told no value of `{name}`")))
        };
        self.further.iter().map(told).collect()
    }

    /// Reports the value after `step` steps, counted from 1 and rising, and asks whether to go on. May wait for
    /// other trials.
    ///
    /// Where the study has ended meanwhile, the answer is [`Verdict::Stop`].
    ///
    /// # Errors
    /// Where the value is no finite number.
    pub fn report(&mut self, step: u32, value: f64) -> Result<Verdict, TrialError> {
        if !value.is_finite() {
            return Err(TrialError::new(format!("the value at step {step} is {value}, which is no finite number")));
        }
        loop {
            match self.stretch.take() {
                Some(stretch) if step < stretch.to_epoch => {
                    self.stretch = Some(stretch);
                    return Ok(Verdict::Continue);
                }
                Some(stretch) => {
                    let further = match self.all_further() {
                        Ok(further) => further,
                        Err(error) => {
                            self.stretch = Some(stretch);
                            return Err(error);
                        }
                    };
                    // Nobody listens when the agent died; the next receive then says so.
                    let _ = stretch.ended.send(StretchEnd::Reached { value, is_done: false, further });
                }
                None => return Ok(Verdict::Stop),
            }
            match self.next.recv() {
                Ok(stretch) => self.stretch = Some(stretch),
                // The agent let go of the trial: the study decided against it, or ended.
                Err(mpsc::RecvError) => return Ok(Verdict::Stop),
            }
        }
    }

    fn finish(mut self, end: StretchEnd) {
        if let Some(stretch) = self.stretch.take() {
            let _ = stretch.ended.send(end);
        }
    }
}

/// Runs an objective to its end, on the thread of the caller.
pub(crate) fn run(
    objective: &dyn Objective,
    context: TrialContext,
    params: Params,
    goals: Vec<String>,
    first: Stretch,
    next: mpsc::Receiver<Stretch>,
) {
    let further = goals.into_iter().map(|goal| (goal, None)).collect();
    let mut trial = LiveTrial { context, params, further, stretch: Some(first), next };
    let measured = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| objective.measure(&mut trial)));
    let measured = measured.map(|value| value.and_then(|value| Ok((value, trial.all_further()?))));
    trial.finish(match measured {
        Ok(Ok((value, further))) => StretchEnd::Reached { value, is_done: true, further },
        Ok(Err(error)) => StretchEnd::Failed(error.message().to_owned()),
        Err(panic) => {
            StretchEnd::Failed(format!("panicked: {}", foundation_core::port::spawner::panic_message(panic.as_ref())))
        }
    });
}
