//! What a program writes: cut into lines, counted, and kept in a file of bounded size.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::protocol::LONGEST_LINE;

/// How much of the beginning is kept.
const HEAD: usize = 1 << 20;
/// How much of the end is kept where there was more.
const TAIL: usize = 64 << 10;

/// Both streams of a run.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) standard: Kept,
    pub(crate) errors: Kept,
}

impl Output {
    /// Files in a folder that is made where it is missing.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let kept = |name: &str| Kept::create(&folder.join(name));
        Ok(Self { standard: kept("stdout.txt")?, errors: kept("stderr.txt")? })
    }

    /// Writes down the ends of both.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.standard.finish()?;
        self.errors.finish()
    }
}

/// One of the two streams of a program, kept in a file: its first MiB, and its last 64 KiB.
#[derive(Debug)]
pub(crate) struct Kept {
    file: File,
    /// How many bytes came.
    total: u64,
    /// The last of them.
    tail: VecDeque<u8>,
}

impl Kept {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create(path)?, total: 0, tail: VecDeque::new() })
    }

    /// Takes what came; answers how much that is by now.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let room = HEAD.saturating_sub(usize::try_from(self.total).unwrap_or(usize::MAX));
        self.file.write_all(&bytes[..room.min(bytes.len())])?;
        self.total += bytes.len() as u64;
        self.tail.extend(bytes);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
        Ok(self.total)
    }

    /// Writes the end down, where it is not in the file already.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let beyond = self.total.saturating_sub(HEAD as u64);
        if beyond == 0 {
            return Ok(());
        }
        let tail = usize::try_from(beyond).map_or(TAIL, |beyond| beyond.min(self.tail.len()));
        let left_out = beyond - tail as u64;
        if left_out > 0 {
            write!(self.file, "\n[… {left_out} bytes left out …]\n")?;
        }
        let from = self.tail.len() - tail;
        self.file.write_all(&self.tail.make_contiguous()[from..])
    }

    /// The last lines that are not empty, at most `most` of them and 1,000 characters.
    pub(crate) fn last_lines(&mut self, most: usize) -> Vec<String> {
        let text = String::from_utf8_lossy(self.tail.make_contiguous());
        let mut lines = Vec::new();
        let mut room = 1_000_usize;
        for line in text.lines().rev().map(str::trim_end).filter(|line| !line.trim().is_empty()).take(most) {
            let line: String = line.chars().take(room).collect();
            room -= line.chars().count();
            lines.push(line);
            if room == 0 {
                break;
            }
        }
        lines.reverse();
        lines
    }
}

/// Cuts a stream of bytes into lines, at `\n` and at `\r`, with which programs draw over their progress.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    begun: Vec<u8>,
}

/// A line became longer than any message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    /// How it begins.
    pub(crate) beginning: String,
}

impl Lines {
    /// Takes the next bytes; answers the lines that are whole now.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut whole = Vec::new();
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            self.begun.extend_from_slice(piece);
            if self.begun.len() > LONGEST_LINE {
                let beginning = String::from_utf8_lossy(&self.begun[..80]).into_owned();
                return Err(TooLong { beginning });
            }
            if self.begun.ends_with(b"\n") || self.begun.ends_with(b"\r") {
                whole.push(self.rest());
            }
        }
        Ok(whole)
    }

    /// What stands after the last line's end.
    pub(crate) fn rest(&mut self) -> String {
        let begun = std::mem::take(&mut self.begun);
        String::from_utf8_lossy(begun.trim_ascii_end()).into_owned()
    }
}

#[cfg(test)]
mod tests;
