//! The folder of a store: what lies in it, who holds it, and which format it has.

mod format;

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use foundation_core::{Code, Error, Result};
use rustix::fs::{FlockOperation, flock};

use crate::failure::{corrupt, io_error};
pub(crate) use format::State;

/// A folder that this process holds until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The lock lies on this open file and ends with it, also when the process is killed.
    _lock: File,
}

impl Folder {
    /// Makes the folder where there is none, and takes its lock.
    pub(crate) fn hold(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            fs::create_dir_all(path).map_err(|cause| io_error("make folder", path, cause))?;
            if let Some(parent) = path.parent() {
                sync_folder(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?;
            }
        }
        let lock = take_lock(path)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    pub(crate) fn key_value(&self) -> PathBuf {
        self.path.join("kv")
    }

    pub(crate) fn head(&self) -> PathBuf {
        self.path.join("head")
    }

    /// Which state the folder's format file tells; `None` for a folder without a store.
    pub(crate) fn state(&self) -> Result<Option<State>> {
        let state = format::read(&self.path)?;
        if state.is_none() {
            for part in [self.log(), self.key_value(), self.head()] {
                if part.exists() {
                    return Err(corrupt(format!(
                        "open store {}: `format.json` is missing, but {} exists",
                        self.path.display(),
                        part.display()
                    )));
                }
            }
        }
        Ok(state)
    }

    /// Writes the format file, whole or not at all.
    pub(crate) fn set_state(&self, state: State) -> Result<()> {
        format::write(&self.path, state)?;
        sync_folder(&self.path)
    }

    /// Renames the key-value folder to the first free name `kv.corrupt-<n>`.
    pub(crate) fn set_aside(&self) -> Result<PathBuf> {
        let from = self.key_value();
        let to = (1_u32..)
            .map(|n| self.path.join(format!("kv.corrupt-{n}")))
            .find(|name| !name.exists())
            .unwrap_or_else(|| self.path.join("kv.corrupt"));
        fs::rename(&from, &to).map_err(|cause| io_error("set aside", &from, cause))?;
        sync_folder(&self.path)?;
        Ok(to)
    }
}

fn take_lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|cause| io_error("open", &path, cause))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut holder = String::new();
            // Without its number the error is poorer, and still true.
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "another process".to_owned(),
                pid => format!("process {pid}"),
            };
            return Err(Error::new(Code::Held, format!("open store {}: {holder} holds it", folder.display()))
                .advise(format!("stop {holder}, or choose another folder")));
        }
        Err(errno) => return Err(io_error("lock", &path, errno.into())),
    }
    let number = format!("{}\n", std::process::id());
    file.set_len(0)
        .and_then(|()| file.write_all(number.as_bytes()))
        .map_err(|cause| io_error("write", &path, cause))?;
    Ok(file)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|cause| io_error("sync folder", path, cause))
}
