//! What the workers run, as the bench starts it: with the client and its example, the token and the run's mark.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::super::Place;
use super::super::processes::MARK;
use super::STUDY;
use super::server::Server;
use crate::doctor::tools;
use crate::failure::Failure;
use crate::workspace;

const SCRIPT: &str = include_str!("worker.py");

/// The script, in a run's folder.
pub(super) struct Script {
    file: PathBuf,
    token: String,
    mark: String,
}

impl Script {
    /// Puts it there.
    pub(super) fn write(place: &Place, server: &Server) -> Result<Self, Failure> {
        let file = place.folder.join("worker.py");
        std::fs::write(&file, SCRIPT).map_err(|error| Failure::io("write", &file, &error))?;
        Ok(Self { file, token: server.token().to_owned(), mark: place.mark.clone() })
    }

    /// The script with these arguments.
    pub(super) fn command(&self, arguments: &[&str]) -> Result<Command, Failure> {
        let client = workspace::root()?.join("clients").join("python");
        let others = tools::python_path()?;
        let folders = [client.join("src"), client.join("examples")].into_iter().chain(std::env::split_paths(&others));
        let path =
            std::env::join_paths(folders).map_err(|error| Failure::new(format!("put PYTHONPATH together: {error}")))?;
        let mut python = Command::new("python3");
        python.arg(&self.file).args(arguments).stdin(Stdio::null());
        python.env("PYTHONPATH", path).env("PYTHONDONTWRITEBYTECODE", "1").env(MARK, &self.mark);
        // A worker computes on one processor, as a program of the other way does.
        python.envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"].map(|name| (name, "1")));
        // Not among the arguments, which everyone on the machine may read.
        python.env("MABEAM_BENCH_TOKEN", &self.token).env("MABEAM_BENCH_STUDY", STUDY);
        Ok(python)
    }

    /// Runs it to its end and answers what it prints.
    pub(super) fn asked(&self, arguments: &[&str]) -> Result<String, Failure> {
        let run = self.command(arguments)?.output();
        let run = run.map_err(|error| Failure::new(format!("start python3: {error}")))?;
        if !run.status.success() {
            let said = String::from_utf8_lossy(&run.stderr).lines().last().unwrap_or_default().to_owned();
            return Err(Failure::new(format!("the worker's script failed at `{}`: {said}", arguments.join(" "))));
        }
        Ok(String::from_utf8_lossy(&run.stdout).into_owned())
    }
}
