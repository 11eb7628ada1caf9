//! The server of a run: the binary, on a free port of loopback, which lets nobody in without the run's token.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use foundation_core::port::entropy::Entropy as _;
use foundation_memory::SystemEntropy;
use serde::Deserialize;

use super::super::processes::MARK;
use super::super::ran::Ran;
use super::super::{Place, last_lines, own_binary};
use crate::failure::Failure;

/// What it says when it serves.
#[derive(Deserialize)]
struct Serving {
    url: String,
}

/// A server that runs.
pub(super) struct Server {
    process: Ran,
    url: String,
    token: String,
    complaints: PathBuf,
}

impl Server {
    /// Starts it; answers once it serves.
    pub(super) fn start(place: &Place) -> Result<Self, Failure> {
        let token = format!("{:032x}", SystemEntropy::new()?.next_u128());
        let (token_file, complaints) = (place.folder.join("token.txt"), place.folder.join("server-stderr.txt"));
        std::fs::write(&token_file, &token).map_err(|error| Failure::io("write", &token_file, &error))?;
        let errors = File::create(&complaints).map_err(|error| Failure::io("make", &complaints, &error))?;
        let mut command = Command::new(own_binary()?);
        command.args(["serve", "--http", "127.0.0.1:0", "--json", "-", "--until-stdin-ends"]);
        command.arg("--data").arg(place.data()).arg("--token-file").arg(token_file).env(MARK, &place.mark);
        let mut process = Ran::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors))?;
        let mut said = String::new();
        if let Some(output) = process.pipes().stdout.take() {
            for line in BufReader::new(output).lines() {
                let line = line.map_err(|error| Failure::new(format!("read what the server says: {error}")))?;
                said.push_str(&line);
                if line == "}" {
                    break;
                }
            }
        }
        let serving: Serving = serde_json::from_str(&said)
            .map_err(|_| Failure::new(format!("the server did not start: {}", last_lines(&complaints))))?;
        Ok(Self { process, url: serving.url, token, complaints })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// The file that it complains into.
    pub(super) fn complaints(&self) -> PathBuf {
        self.complaints.clone()
    }

    /// Ends it in order.
    pub(super) fn stop(&mut self) -> Result<(), Failure> {
        drop(self.process.pipes().stdin.take());
        let ended = self.process.end()?;
        if ended.success() {
            return Ok(());
        }
        Err(Failure::new(format!("the server ended with {ended}: {}", last_lines(&self.complaints))))
    }
}
