//! The registry as a value: its backend, and its namespaces.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::names::Names;
use super::namespaced::{Authority, Namespaced};
use super::shared::{Backend, There, follow};
use crate::error::Result;
use crate::port::registry::{Namespace, Registry};
use crate::runtime::Runtime;

/// Names for the processes of a runtime. Cheap to clone; clones are the same registry.
///
/// Who decides who owns a name is chosen when it is made: the table in memory ([`local`](Self::local)), or any registry
/// behind the port ([`shared`](Self::shared)).
#[derive(Clone)]
pub struct ProcessRegistry {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    /// Keys the hashes of its tables.
    seed: u64,
    backend: Option<Arc<Backend>>,
    namespaces: Mutex<HashMap<Namespace, Names>>,
}

impl ProcessRegistry {
    /// A registry in memory, for the processes of one runtime.
    #[must_use]
    pub fn local(runtime: &Runtime) -> Self {
        Self::new(runtime, None)
    }

    /// A registry behind a port, in a new session of the runtime's node. The session voids the node's earlier ones.
    ///
    /// # Errors
    /// Those of [`Registry::open_session`].
    pub async fn shared(runtime: &Runtime, port: Arc<dyn Registry>) -> Result<Self> {
        Ok(Self::new(runtime, Some(Backend::open(runtime, port).await?)))
    }

    fn new(runtime: &Runtime, backend: Option<Arc<Backend>>) -> Self {
        let seed = runtime.entropy().next_u64();
        let inner = Inner { runtime: runtime.clone(), seed, backend, namespaces: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// A namespace of it. Keep it where names are looked up often.
    #[must_use]
    pub fn names(&self, namespace: &Namespace) -> Names {
        let mut namespaces = self.inner.namespaces.lock();
        if let Some(names) = namespaces.get(namespace) {
            return names.clone();
        }
        let runtime = &self.inner.runtime;
        let (authority, ended) = match &self.inner.backend {
            None => (Authority::Here, None),
            Some(backend) => {
                let (there, ended) = There::new(Arc::clone(backend));
                (Authority::There(there), Some(ended))
            }
        };
        let shared = Namespaced::new(namespace.clone(), runtime.clone(), self.inner.seed, authority);
        if let Some(ended) = ended {
            let follower = follow(Arc::downgrade(&shared), Arc::clone(runtime.clock()), ended);
            runtime.spawner().spawn("registry names", follower);
        }
        let names = Names::new(shared);
        namespaces.insert(namespace.clone(), names.clone());
        names
    }

    /// Ends the session of a shared registry, which frees its names. Nothing to do for a local one.
    ///
    /// # Errors
    /// Those of [`Registry::close_session`].
    pub async fn close(&self) -> Result<()> {
        match &self.inner.backend {
            None => Ok(()),
            Some(backend) => backend.port.close_session(&backend.session).await,
        }
    }
}

impl fmt::Debug for ProcessRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessRegistry")
            .field("node", self.inner.runtime.node())
            .field("shared", &self.inner.backend.is_some())
            .finish_non_exhaustive()
    }
}
