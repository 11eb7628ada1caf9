//! The registry as a value: its backend, and its namespaces.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::local::Returned;
use super::names::{Authority, Names};
use crate::port::registry::Namespace;
use crate::runtime::Runtime;

/// Names for the processes of a runtime.
///
/// Cheap to clone; clones are the same registry.
#[derive(Clone, Debug)]
pub struct ProcessRegistry {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    /// Keys the hashes of its tables.
    seed: u64,
    namespaces: Mutex<HashMap<Namespace, Names>>,
}

impl ProcessRegistry {
    /// A registry in memory, for the processes of one runtime: the table itself decides who owns a name.
    #[must_use]
    pub fn local(runtime: &Runtime) -> Self {
        let inner =
            Inner { runtime: runtime.clone(), seed: runtime.entropy().next_u64(), namespaces: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// A namespace of it. Keep it where names are looked up often.
    #[must_use]
    pub fn names(&self, namespace: &Namespace) -> Names {
        let mut namespaces = self.inner.namespaces.lock();
        if let Some(names) = namespaces.get(namespace) {
            return names.clone();
        }
        let (runtime, seed) = (self.inner.runtime.clone(), self.inner.seed);
        let names = Names::new(namespace.clone(), runtime, seed, Authority::Here(Returned::default()));
        namespaces.insert(namespace.clone(), names.clone());
        names
    }
}
