//! Reading what is readable of a damaged log, without sled.
//!
//! A block lies in one piece in sled's file, begins with a magic number and ends with its hash. So the file is
//! searched for blocks, and of those that prove sound the longest chain from the base on is taken. That works also
//! where sled can no longer open its folder. Nothing in the folder is changed.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use foundation_core::Result;

use crate::anchor::{Anchor, KeyValueHead, LogHead};
use crate::bytes::Digest;
use crate::export::{Exported, Header, Lines, finish_log, put_block};
use crate::failure::io_error;
use crate::folder::Folder;
use crate::log::block::{BLOCK_BYTES, Block, MAGIC};
use crate::log::chain::Chain;

/// What is readable of a store's log.
#[derive(Debug)]
pub struct Salvage {
    /// Its streams, in order.
    pub streams: Vec<ReadableStream>,
    /// The last readable sequence of all.
    pub last: u64,
    /// Every acknowledged event is readable: only sled's own part of the files is damaged.
    pub complete: bool,
    path: PathBuf,
    chain: Chain,
    places: Vec<Place>,
    revision: u64,
    /// Held so that no process writes to the folder meanwhile.
    _folder: Option<Folder>,
}

/// A stream of which something is readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadableStream {
    /// Its name.
    pub name: String,
    /// Its first readable event.
    pub first: u64,
    /// Its last readable event.
    pub last: u64,
}

/// Where a block lies in the file.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: u64,
    length: usize,
    number: u64,
    hash: Digest,
    previous: Digest,
}

/// Reads what is readable of the log in a folder, from its oldest kept event to the first one that is lost.
///
/// Blocks for as long as it takes to read the log's file.
///
/// # Errors
/// `Held` by another process; `Io`, `PermissionDenied`: the log's file cannot be read.
pub fn salvage(folder: impl AsRef<Path>) -> Result<Salvage> {
    let folder = Folder::hold(folder.as_ref())?;
    let mut salvage = search(&folder)?;
    salvage._folder = Some(folder);
    Ok(salvage)
}

impl Salvage {
    /// Writes what is readable in the form of [`SledStore::export`](crate::SledStore::export), without key-value
    /// rows. [`import`](crate::import) makes a store of it.
    ///
    /// # Errors
    /// `Io`, `ResourceExhausted`: reading the file or writing to `out` failed.
    pub fn export(&self, out: &mut dyn Write) -> Result<Exported> {
        let file = File::open(&self.path).map_err(|cause| io_error("open", &self.path, cause))?;
        let header = Header::new(self.last, self.revision);
        let mut lines = Lines::begin(out, header)?;
        let index = &self.chain.index;
        let forgotten = |stream: &str| index.streams.get(stream).map_or(0, |stream| stream.forgotten);
        for place in &self.places {
            let bytes = read_place(&file, &self.path, place)?;
            put_block(&mut lines, &Block::parse(&bytes)?, forgotten)?;
        }
        finish_log(&mut lines, index.streams.iter().map(|(name, stream)| (&**name, stream.forgotten)))?;
        lines.end()
    }
}

/// Says in a line what is readable, for the error of an opening.
pub(crate) fn describe(folder: &Folder) -> String {
    let Ok(found) = search(folder) else { return "nothing of the log is readable".to_owned() };
    let shown: Vec<String> =
        found.streams.iter().take(5).map(|stream| format!("`{}` up to {}", stream.name, stream.last)).collect();
    let more = match found.streams.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more streams"),
    };
    match (found.complete, shown.is_empty()) {
        (true, _) => format!("every acknowledged event is readable (up to {})", found.last),
        (false, true) => "no event is readable".to_owned(),
        (false, false) => format!("readable up to sequence {}: {}{more}", found.last, shown.join(", ")),
    }
}

fn search(folder: &Folder) -> Result<Salvage> {
    let path = folder.log().join("db");
    let file = File::open(&path).map_err(|cause| io_error("open", &path, cause))?;
    let anchored = Anchor::<LogHead>::open(&folder.head()).ok();
    let key_value = Anchor::<KeyValueHead>::open(&folder.head()).ok();
    let found = blocks(&file, &path)?;
    let base = match &anchored {
        Some(anchor) => anchor.head().base.max(1),
        // The oldest that is there, where nothing says which counts: what a trim forgot stays forgotten by the
        // trim's own record.
        None => found.iter().map(|place| place.number).min().unwrap_or(1),
    };
    // The head is looked at below; here only the chain counts.
    let mut chain = Chain::new(LogHead { base, ..LogHead::default() }, 0);
    let mut places = Vec::new();
    for place in longest(found, base) {
        let bytes = read_place(&file, &path, &place)?;
        if chain.push(place.number, &bytes).is_err() {
            break;
        }
        places.push(place);
    }
    let complete = anchored.as_ref().is_some_and(|anchor| {
        let head = anchor.head();
        !anchor.damaged
            && (head.block == 0 || places.iter().any(|place| place.number == head.block && place.hash == head.hash))
    });
    let streams = chain.index.named("").map(|(name, stream)| ReadableStream {
        name: name.to_owned(),
        first: stream.oldest(),
        last: stream.last,
    });
    let streams = streams.collect();
    let last = chain.last.sequence;
    let revision = key_value.map_or(0, |anchor| crate::kv::above(&anchor));
    Ok(Salvage { streams, last, complete, path, chain, places, revision, _folder: None })
}

fn read_place(file: &File, path: &Path, place: &Place) -> Result<Vec<u8>> {
    let mut bytes = vec![0; place.length];
    file.read_exact_at(&mut bytes, place.at).map_err(|cause| io_error("read", path, cause))?;
    Ok(bytes)
}

/// How much of the file is looked at in one go.
const WINDOW: usize = 4 << 20;

/// Every sound block in the file, also those that were replaced or deleted.
fn blocks(file: &File, path: &Path) -> Result<Vec<Place>> {
    let length = file.metadata().map_err(|cause| io_error("look at", path, cause))?.len();
    let mut found = Vec::new();
    let mut window = vec![0; WINDOW + BLOCK_BYTES];
    let mut start = 0;
    while start < length {
        let size = usize::try_from(length - start).unwrap_or(usize::MAX).min(window.len());
        let bytes = &mut window[..size];
        file.read_exact_at(bytes, start).map_err(|cause| io_error("read", path, cause))?;
        // A block that begins in the last part is found in the next window.
        let mut at = 0;
        while at < size.min(WINDOW) {
            match bytes[at..].windows(MAGIC.len()).position(|window| window == MAGIC) {
                Some(next) if at + next < WINDOW => at += next,
                _ => break,
            }
            match Block::parse_front(&bytes[at..]) {
                Ok((block, rest)) => {
                    let length = size - at - rest.len();
                    let (number, hash) = (block.link.number, block.link.hash);
                    found.push(Place { at: start + at as u64, length, number, hash, previous: block.previous });
                    at += length;
                }
                Err(_) => at += 1,
            }
        }
        start += WINDOW as u64;
    }
    Ok(found)
}

/// The longest chain from `base` on.
fn longest(mut found: Vec<Place>, base: u64) -> Vec<Place> {
    found.sort_unstable_by_key(|place| place.number);
    // By hash; a place is in it when a chain leads to it from the base.
    let mut rooted: HashMap<Digest, Place> = HashMap::new();
    let mut tip: Option<Place> = None;
    for place in found.into_iter().filter(|place| place.number >= base) {
        let follows = || rooted.get(&place.previous).is_some_and(|before| before.number + 1 == place.number);
        if place.number == base || follows() {
            rooted.insert(place.hash, place);
            if tip.is_none_or(|tip| tip.number < place.number) {
                tip = Some(place);
            }
        }
    }
    let mut chain = Vec::new();
    while let Some(place) = tip {
        chain.push(place);
        tip = if place.number == base { None } else { rooted.get(&place.previous).copied() };
    }
    chain.reverse();
    chain
}
