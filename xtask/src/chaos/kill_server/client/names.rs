//! Operations on a name.

use foundation_core::Code;
use foundation_core::event::ProcessRef;
use foundation_core::port::registry::{Metadata, Registration};

use super::{Client, Fate, fate, new_value};
use crate::chaos::linear::registry::{Op, Said};

/// The key of the metadata that tells one registration from another.
const MARK: &str = "mark";
/// What a client's node is called, before its number.
pub(in crate::chaos::kill_server) const NODE: &str = "client-";

impl Client {
    pub(super) async fn operate_name(&mut self, name: usize) -> bool {
        match (self.owned.get(&name).copied().unwrap_or(false), self.random.below(10)) {
            (_, 0..3) => self.look_up(name).await,
            (true, 3..8) | (false, 3) => self.unregister(name).await,
            _ => self.register(name).await,
        }
    }

    /// The client registers itself: one process of its node.
    fn process(&self) -> ProcessRef {
        ProcessRef { process: self.number as u64 + 1, incarnation: 1 }
    }

    async fn register(&mut self, name: usize) -> bool {
        let object = &self.objects.names[name];
        let mark = new_value();
        let metadata = Metadata::from([(MARK.to_owned(), mark.to_string())]);
        let call = object.calls.invoke(self.number, Op::Register { owner: self.number, mark });
        let (session, namespace) = (&self.tools.session, &self.objects.namespace);
        let registered = self.tools.registry.register(session, namespace, &object.name, self.process(), metadata).await;
        match registered {
            Ok(registration) => {
                call.answered(Said::Registered(registration.revision.0));
                self.owned.insert(name, true);
            }
            Err(error) if error.code() == Code::NameTaken => {
                call.answered(Said::Taken);
                self.owned.insert(name, false);
            }
            Err(error) => {
                match fate(&error) {
                    Fate::Refused => call.refused(),
                    Fate::Unknown => call.unknown(),
                }
                return false;
            }
        }
        true
    }

    async fn unregister(&mut self, name: usize) -> bool {
        let object = &self.objects.names[name];
        let call = object.calls.invoke(self.number, Op::Unregister { owner: self.number });
        let (session, namespace) = (&self.tools.session, &self.objects.namespace);
        match self.tools.registry.unregister(session, namespace, &object.name, self.process()).await {
            Ok(had) => {
                call.answered(Said::Freed(had));
                self.owned.insert(name, false);
                true
            }
            Err(error) => {
                match fate(&error) {
                    Fate::Refused => call.refused(),
                    Fate::Unknown => call.unknown(),
                }
                false
            }
        }
    }

    pub(super) async fn look_up(&mut self, name: usize) -> bool {
        let object = &self.objects.names[name];
        let call = object.calls.invoke(self.number, Op::Lookup);
        match self.tools.registry.lookup(&self.objects.namespace, &object.name).await {
            Ok(found) => {
                call.answered(Said::Found(found.as_ref().map(pair)));
                true
            }
            Err(_) => {
                call.refused();
                false
            }
        }
    }
}

/// The owner's number and the mark; what no client can have written is 0 or the largest number.
fn pair(registration: &Registration) -> (usize, u64) {
    let owner = registration.owner.node.as_str().strip_prefix(NODE).and_then(|number| number.parse().ok());
    let mark = registration.metadata.get(MARK).and_then(|mark| mark.parse().ok());
    (owner.unwrap_or(usize::MAX), mark.unwrap_or(0))
}
