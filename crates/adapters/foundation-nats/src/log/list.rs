//! Which streams there are.

use std::collections::BTreeMap;

use foundation_core::port::storage::StreamName;
use foundation_core::{Code, Error, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::Core;
use super::patience::{Patience, passes};
use crate::failure::Trouble;

#[derive(Deserialize)]
struct Info {
    state: State,
    /// How many subjects there are in all; the answer has some of them.
    #[serde(default)]
    total: usize,
}

#[derive(Deserialize)]
struct State {
    last_seq: u64,
    #[serde(default)]
    subjects: Option<BTreeMap<String, IgnoredAny>>,
}

impl Core {
    pub(super) async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>> {
        let doing = format!("list the streams that begin with {prefix:?}");
        let mut patience = Patience::of(&self.connection);
        let proven = self.connection.settings().replicas > 1;
        let least = if proven { self.barrier(&doing, &mut patience).await? } else { 0 };
        let what = format!("STREAM.INFO.{}", self.names.store);
        let filter = self.names.events_like(prefix);
        let (mut names, mut offset) = (Vec::new(), 0);
        loop {
            let question = json!({ "subjects_filter": filter, "offset": offset });
            let info: Result<Info, Trouble> = self.connection.api(&what, &question).await;
            match info {
                Ok(info) if info.state.last_seq >= least => {
                    let subjects = info.state.subjects.unwrap_or_default();
                    offset += subjects.len();
                    let is_last = subjects.is_empty() || offset >= info.total;
                    names.extend(subjects.into_keys().filter_map(|subject| self.names.stream(&subject)));
                    if is_last {
                        break;
                    }
                }
                Ok(_) if patience.wait().await => {}
                Ok(_) => {
                    let what = format!("{doing}: the server that answered was behind");
                    return Err(Error::new(Code::ServiceUnavailable, what));
                }
                Err(trouble) if passes(&trouble) && patience.wait().await => {}
                Err(trouble) => return Err(trouble.of_read(&doing)),
            }
        }
        names.retain(|name| name.as_str().starts_with(prefix));
        names.sort();
        // A stream that was made between two pages moves others from one to the next.
        names.dedup();
        Ok(names)
    }
}
