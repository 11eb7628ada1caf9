//! The file `head`: what the log and the key-value folder end with, kept apart from both.
//!
//! Without it a lost tail would look like an older, sound state. Each part has two slots in pages of their own,
//! written in turn, so that a write that is torn harms one of them and the other still stands. A slot is written and
//! synced after what it names and before the acknowledgement.

mod slot;

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use foundation_core::Result;

use crate::failure::{corrupt, io_error};
pub(crate) use slot::{KeyValueHead, LogHead, Payload};
use slot::{SLOT_BYTES, Slot};

/// A page of most file systems and disks: two slots never share one.
const PAGE: u64 = 4_096;

/// The two slots of one part.
#[derive(Debug)]
pub(crate) struct Anchor<P> {
    file: File,
    path: PathBuf,
    page: u64,
    /// Rises with every write; the newer slot is the one with the larger number.
    turn: u64,
    head: P,
    /// One of the slots could not be read when the anchor was opened.
    pub(crate) damaged: bool,
}

impl<P: Payload> Anchor<P> {
    /// Writes the first slot of a part, with space for all of the file.
    pub(crate) fn create(path: &Path, head: P) -> Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(|cause| io_error("create", path, cause))?;
        let all = 4 * PAGE;
        let length = file.metadata().map_err(|cause| io_error("look at", path, cause))?.len();
        if length < all {
            // Written and not only set, so that later writes need no new blocks and a full disk cannot stop them.
            file.write_all_at(&vec![0; (all - length) as usize], length)
                .map_err(|cause| io_error("write", path, cause))?;
            file.sync_all().map_err(|cause| io_error("sync", path, cause))?;
        }
        let mut anchor = Self { file, path: path.to_owned(), page: P::FIRST_PAGE, turn: 0, head, damaged: false };
        anchor.advance(head)?;
        Ok(anchor)
    }

    /// Reads the newer of the two slots.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                return Err(corrupt(format!("open {}: it is missing", path.display())));
            }
            Err(cause) => return Err(io_error("open", path, cause)),
        };
        let mut newest: Option<(u64, P)> = None;
        let mut damaged = false;
        for page in [P::FIRST_PAGE, P::FIRST_PAGE + 1] {
            let mut bytes = [0; SLOT_BYTES];
            let slot = match file.read_exact_at(&mut bytes, page * PAGE) {
                Ok(()) => Slot::<P>::decode(&bytes)?,
                Err(_) => Slot::Damaged,
            };
            match slot {
                Slot::Blank => {}
                Slot::Damaged => damaged = true,
                Slot::Written { turn, head } => {
                    if newest.is_none_or(|(newer, _)| newer < turn) {
                        newest = Some((turn, head));
                    }
                }
            }
        }
        match newest {
            Some((turn, head)) => Ok(Self { file, path: path.to_owned(), page: P::FIRST_PAGE, turn, head, damaged }),
            None => {
                Err(corrupt(format!("read {}: neither of the two slots of the {} is sound", path.display(), P::NAME)))
            }
        }
    }

    /// What the part ends with.
    pub(crate) fn head(&self) -> P {
        self.head
    }

    /// Writes the older slot anew and syncs it.
    ///
    /// After an error nobody knows what stands in the slot; whoever writes must stop.
    pub(crate) fn advance(&mut self, head: P) -> Result<()> {
        let turn = self.turn + 1;
        let page = self.page + turn % 2;
        let bytes = Slot::encode(turn, &head);
        self.file.write_all_at(&bytes, page * PAGE).map_err(|cause| io_error("write", &self.path, cause))?;
        self.file.sync_data().map_err(|cause| io_error("sync", &self.path, cause))?;
        self.turn = turn;
        self.head = head;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
