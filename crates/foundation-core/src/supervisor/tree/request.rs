//! Which children a supervisor takes, at its start and later, and what it answers to requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::child::Child;
use super::super::handle::{ChildError, StartError};
use super::super::strategy::event::{Event, Place, Standing};
use super::super::{AutoShutdown, ChildName, Restart};
use super::Tree;
use crate::error::{Code, Error};
use crate::process::{Context, Exit};

/// A change of the children while the supervisor runs.
#[derive(Debug)]
pub(in super::super) enum Request {
    Start(Arc<Child>),
    Terminate(Box<str>),
    Restart(Box<str>),
    Delete(Box<str>),
}

impl Tree {
    pub(super) async fn request(
        &mut self,
        request: Request,
        ctx: &mut Context<Self>,
    ) -> Result<Result<(), ChildError>, Exit> {
        let at = ctx.clock().now();
        let (name, event) = match request {
            Request::Start(child) => {
                if let Err(error) = self.admit(&child) {
                    return Ok(Err(error));
                }
                let (name, place, plan) = (child.name.clone(), self.next, child.plan.clone());
                self.next += 1;
                self.spec.roster.lock().insert(place, child);
                (name, Event::Added { child: place, plan, at })
            }
            Request::Terminate(name) => match self.standing(&name) {
                Err(error) => return Ok(Err(error)),
                Ok((child, name, _)) => (name, Event::Terminated { child }),
            },
            Request::Restart(name) => match self.idle(&name) {
                Err(error) => return Ok(Err(error)),
                Ok((child, name)) => (name, Event::Revived { child, at }),
            },
            Request::Delete(name) => match self.idle(&name) {
                Err(error) => return Ok(Err(error)),
                Ok((child, name)) => (name, Event::Deleted { child }),
            },
        };
        Ok(match self.decide(event, ctx).await? {
            None | Some(Exit::Ignore) => Ok(()),
            Some(reason) => Err(ChildError::NotStarted(StartError { child: name, reason })),
        })
    }

    /// Whether a child can be added.
    fn admit(&self, child: &Child) -> Result<(), ChildError> {
        let name = child.name.clone();
        match self.find(name.as_str()).and_then(|place| self.state.standing(place)) {
            Some(Standing::Runs) => Err(ChildError::Running(name)),
            Some(Standing::Idle | Standing::Waits) => Err(ChildError::AlreadyPresent(name)),
            None => match refusal(child, self.spec.auto_shutdown) {
                Some(error) => Err(ChildError::NotStarted(StartError { child: name, reason: error.into() })),
                None => Ok(()),
            },
        }
    }

    fn standing(&self, name: &str) -> Result<(Place, ChildName, Standing), ChildError> {
        let known = self.find(name).and_then(|place| Some((place, self.child(place)?, self.state.standing(place)?)));
        match known {
            None => Err(ChildError::NotFound(name.to_owned().into())),
            Some((place, child, standing)) => Ok((place, child.name.clone(), standing)),
        }
    }

    fn idle(&self, name: &str) -> Result<(Place, ChildName), ChildError> {
        match self.standing(name)? {
            (_, name, Standing::Runs) => Err(ChildError::Running(name)),
            (_, name, Standing::Waits) => Err(ChildError::Restarting(name)),
            (place, name, Standing::Idle) => Ok((place, name)),
        }
    }

    /// Whether the description is allowed: names, and what OTP refuses.
    pub(super) fn check(&self) -> Result<(), Exit> {
        let mut names = BTreeSet::new();
        for child in &self.spec.children {
            let error = if names.insert(&child.name) {
                refusal(child, self.spec.auto_shutdown)
            } else {
                Some(Error::new(Code::InvalidInput, format!("two children are named `{}`", child.name)))
            };
            if let Some(error) = error {
                return Err(Exit::start_failed(child.name.clone(), error.into()));
            }
        }
        Ok(())
    }
}

/// What is wrong with a child's description.
fn refusal(child: &Child, auto_shutdown: AutoShutdown) -> Option<Error> {
    let what = match (child.plan.significant, child.plan.restart, auto_shutdown) {
        (true, _, AutoShutdown::Never) => "is significant, and its supervisor never shuts down by itself",
        (true, Restart::Permanent, _) => "is significant and permanent, so that its end would never count",
        _ => return None,
    };
    Some(Error::new(Code::InvalidConfiguration, format!("child `{}` {what}", child.name)))
}
