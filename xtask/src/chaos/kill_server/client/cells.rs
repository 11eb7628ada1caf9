//! Operations on a key.

use foundation_core::port::storage::{Condition, Entry, Read, Revision, Write};
use foundation_core::{Code, Result};

use super::{Client, ELSEWHERE, Fate, fate, new_value};
use crate::chaos::linear::key_value::{Op, Said, When};

/// Writes in a row.
const IN_A_ROW: usize = 4;

impl Client {
    pub(super) async fn operate_cell(&mut self, cell: usize) -> bool {
        let seen = self.seen.get(&cell).copied();
        let when = match (self.random.below(8), seen) {
            (0, _) => When::Always,
            (_, Some(revision)) => When::At(revision),
            (_, None) => When::Absent,
        };
        match self.random.below(10) {
            0..4 => self.get(cell).await,
            4..6 => self.write_often(cell).await,
            6..9 => self.write(cell, Op::put(new_value(), when)).await,
            _ => self.write(cell, Op::Delete { when }).await,
        }
    }

    pub(super) async fn get(&mut self, cell: usize) -> bool {
        let object = &self.objects.cells[cell];
        let call = object.calls.invoke(self.number, Op::Get);
        let found = self.tools.store.get(&self.objects.bucket, &object.key, Read::Strict).await;
        // What nobody here wrote is no value that the model knows, and is refused by it.
        let Ok(found) = found.map(|entry| entry.as_ref().map(pair)) else {
            call.refused();
            return false;
        };
        self.remember(cell, found.map(|(_, revision)| revision));
        call.answered(Said::Found(found));
        true
    }

    /// Reads over neighbours' connections, as clients of their own: at once, while not every server has heard of the
    /// write. Over its own connection even a read that may lag would see it.
    async fn get_elsewhere(&self, cell: usize) {
        let object = &self.objects.cells[cell];
        let reads = self.tools.neighbours.iter().zip(1..).map(|(neighbour, place)| async move {
            let call = object.calls.invoke(self.number + place * ELSEWHERE, Op::Get);
            match neighbour.get(&self.objects.bucket, &object.key, Read::Strict).await {
                Ok(found) => call.answered(Said::Found(found.as_ref().map(pair))),
                Err(_) => call.refused(),
            }
        });
        futures_util::future::join_all(reads).await;
    }

    /// Several writes in a row, each on the one before.
    async fn write_often(&mut self, cell: usize) -> bool {
        for _ in 0..IN_A_ROW {
            let when = self.seen.get(&cell).map_or(When::Absent, |revision| When::At(*revision));
            if !self.write(cell, Op::put(new_value(), when)).await {
                return false;
            }
        }
        true
    }

    async fn write(&mut self, cell: usize, op: Op) -> bool {
        let object = &self.objects.cells[cell];
        let (write, when) = match &op {
            Op::Put { value, when, .. } => (Write::put(object.key.clone(), value.to_string()), *when),
            Op::Delete { when } => (Write::delete(object.key.clone()), *when),
            Op::Get => return self.get(cell).await,
        };
        let condition = match when {
            When::Always => Condition::Any,
            When::Absent => Condition::Absent,
            When::At(revision) => Condition::At(Revision(revision)),
        };
        let is_put = write.value.is_some();
        let call = object.calls.invoke(self.number, op);
        let written: Result<Revision> = self.tools.store.write(&self.objects.bucket, write.when(condition)).await;
        match written {
            Ok(Revision(revision)) => {
                call.answered(Said::Written(revision));
                self.remember(cell, is_put.then_some(revision));
                self.get_elsewhere(cell).await;
            }
            Err(error) if error.code() == Code::Conflict => {
                call.answered(Said::Conflict);
                // Somebody was quicker; a read tells what stands.
                self.get(cell).await;
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

    fn remember(&mut self, cell: usize, revision: Option<u64>) {
        match revision {
            Some(revision) => self.seen.insert(cell, revision),
            None => self.seen.remove(&cell),
        };
    }
}

/// A value and its revision; 0 for a value that is no number.
fn pair(entry: &Entry) -> (u64, u64) {
    let value = std::str::from_utf8(&entry.value).ok().and_then(|text| text.parse().ok());
    (value.unwrap_or(0), entry.revision.0)
}
