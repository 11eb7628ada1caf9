//! The lines of an export, written and read.

use std::io::{BufRead, Write};
use std::path::Path;

use foundation_core::port::storage::{Bucket, Key};
use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Exported;
use crate::bytes::{Digest, digest};
use crate::failure::{corrupt, io_error};

/// The format that this program writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// The longest line that is read: a batch of the largest size in hexadecimal, with room.
const LINE_BYTES: u64 = 1 << 20;

/// Bytes that stand in the file in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        from_hex(&text).map(Self).ok_or_else(|| serde::de::Error::custom("not hexadecimal"))
    }
}

fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// What a line says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Header(Header),
    Batch(Batch),
    Forgotten(Forgotten),
    Remembered(Remembered),
    Row(Row),
    End(Exported),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) format: u32,
    pub(crate) sequence: u64,
    pub(crate) revision: u64,
}

impl Header {
    pub(crate) fn new(sequence: u64, revision: u64) -> Self {
        Self { format: FORMAT, sequence, revision }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) id: Hex,
    pub(crate) stream: String,
    pub(crate) first: u64,
    pub(crate) events: Vec<Hex>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Forgotten {
    pub(crate) stream: String,
    pub(crate) up_to: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(crate) id: Hex,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) bucket: Bucket,
    pub(crate) key: Key,
    pub(crate) revision: u64,
    pub(crate) expires: Option<u64>,
    pub(crate) value: Hex,
}

/// Writes lines.
pub(crate) struct Lines<'a> {
    out: &'a mut dyn Write,
    chained: Digest,
    totals: Exported,
}

impl<'a> Lines<'a> {
    pub(crate) fn begin(out: &'a mut dyn Write, header: Header) -> Result<Self> {
        let totals = Exported { sequence: header.sequence, revision: header.revision, ..Exported::default() };
        let mut lines = Self { out, chained: [0; 16], totals };
        lines.write(&Line::Header(header))?;
        Ok(lines)
    }

    pub(crate) fn put(&mut self, line: &Line) -> Result<()> {
        count(&mut self.totals, line);
        self.write(line)
    }

    /// Writes the last line.
    pub(crate) fn end(mut self) -> Result<Exported> {
        let totals = self.totals;
        self.write(&Line::End(totals))?;
        self.out.flush().map_err(|cause| io_error("write", Path::new("the export"), cause))?;
        Ok(totals)
    }

    fn write(&mut self, line: &Line) -> Result<()> {
        let json = serde_json::to_string(line)
            .map_err(|cause| Error::new(Code::Encoding, "encode a line of the export").caused_by(cause))?;
        self.chained = digest(&[&self.chained, json.as_bytes()]);
        writeln!(self.out, "{json} {}", to_hex(&self.chained))
            .map_err(|cause| io_error("write", Path::new("the export"), cause))
    }
}

fn count(totals: &mut Exported, line: &Line) {
    match line {
        Line::Batch(batch) => {
            totals.batches += 1;
            totals.events += batch.events.len() as u64;
        }
        Line::Row(_) => totals.rows += 1,
        Line::Header(_) | Line::Forgotten(_) | Line::Remembered(_) | Line::End(_) => {}
    }
}

/// Reads an export, proves it, and hands each record to `each`; the header goes ahead.
///
/// # Errors
/// `Corrupt` for a file that is not as it was written, which may be found after some records were handed out.
/// `NewerVersion` for a later format.
pub(super) fn read(input: &mut dyn BufRead, mut each: impl FnMut(Line) -> Result<()>) -> Result<Exported> {
    let mut chained: Digest = [0; 16];
    let mut totals: Option<Exported> = None;
    let mut text = String::new();
    for number in 1.. {
        let broken = |why: &str| corrupt(format!("read the export, line {number}: {why}"));
        text.clear();
        let length = std::io::Read::take(&mut *input, LINE_BYTES)
            .read_line(&mut text)
            .map_err(|cause| Error::new(Code::Corrupt, format!("read the export, line {number}")).caused_by(cause))?;
        if length == 0 {
            return Err(broken("the file ends before its last line"));
        }
        let (json, checksum) = text
            .strip_suffix('\n')
            .and_then(|line| line.rsplit_once(' '))
            .ok_or_else(|| broken("it is no line of an export"))?;
        chained = digest(&[&chained, json.as_bytes()]);
        if from_hex(checksum).as_deref() != Some(&chained) {
            return Err(broken("its checksum does not fit, or a line before it is missing"));
        }
        let line: Line = match serde_json::from_str(json) {
            Ok(line) => line,
            Err(cause) => return Err(newer(json).unwrap_or_else(|| broken("it cannot be read").caused_by(cause))),
        };
        match (&mut totals, line) {
            (None, Line::Header(header)) if header.format <= FORMAT => {
                totals = Some(Exported { sequence: header.sequence, revision: header.revision, ..Exported::default() });
                each(Line::Header(header))?;
            }
            (None, _) => return Err(newer(json).unwrap_or_else(|| broken("the file does not begin with a header"))),
            (Some(_), Line::Header(_)) => return Err(broken("a second header")),
            (Some(totals), Line::End(end)) => {
                if *totals != end {
                    return Err(broken("the totals are not those of the lines before"));
                }
                return Ok(end);
            }
            (Some(totals), line) => {
                count(totals, &line);
                each(line)?;
            }
        }
    }
    Err(corrupt("read the export: it has more lines than can be counted"))
}

/// The error for a header of a later format.
fn newer(json: &str) -> Option<Error> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    let format = value.get("header")?.get("format")?.as_u64()?;
    (format > u64::from(FORMAT)).then(|| {
        let what = format!("read the export: it has format {format}, this program knows up to {FORMAT}");
        Error::new(Code::NewerVersion, what)
    })
}

#[cfg(test)]
mod tests;
