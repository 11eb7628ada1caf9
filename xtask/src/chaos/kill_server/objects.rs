//! What ten clients work on in one round: keys, names and locks, each with the history of what was asked of it.

use std::time::Instant;

use foundation_core::Result;
use foundation_core::port::registry::{Namespace, RegisteredName};
use foundation_core::port::storage::{Bucket, Key};

use crate::chaos::history::Recorder;
use crate::chaos::linear::{key_value, lock, registry};

/// Objects of each kind in a round. A history with too few operations does not count, so a round has some to spare.
pub(super) const OF_EACH_KIND: usize = 6;

/// A key of a bucket.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) key: Key,
    pub(super) calls: Recorder<key_value::Op, key_value::Said>,
}

/// A name of the registry.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) name: RegisteredName,
    pub(super) calls: Recorder<registry::Op, registry::Said>,
}

/// A lock and the resource that it protects.
#[derive(Debug)]
pub(super) struct Guarded {
    /// The lock's name, and the resource's.
    pub(super) name: String,
    pub(super) calls: Recorder<lock::Op, lock::Said>,
}

/// The objects of a round.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) bucket: Bucket,
    pub(super) namespace: Namespace,
    pub(super) cells: Vec<Cell>,
    pub(super) names: Vec<Name>,
    pub(super) locks: Vec<Guarded>,
}

impl Objects {
    /// Objects that no other round has; times count from `epoch`.
    pub(super) fn of_round(round: u32, epoch: Instant) -> Result<Self> {
        let places = || 0..OF_EACH_KIND;
        Ok(Self {
            bucket: Bucket::new("cells")?,
            namespace: Namespace::new("histories")?,
            cells: places()
                .map(|n| Ok(Cell { key: Key::new(format!("r{round}.c{n}"))?, calls: Recorder::new(epoch) }))
                .collect::<Result<_>>()?,
            names: places()
                .map(|n| Ok(Name { name: RegisteredName::new(format!("r{round}.n{n}"))?, calls: Recorder::new(epoch) }))
                .collect::<Result<_>>()?,
            locks: places().map(|n| Guarded { name: format!("r{round}.l{n}"), calls: Recorder::new(epoch) }).collect(),
        })
    }

    /// Whether every kind of object was asked often.
    pub(super) fn are_used(&self) -> bool {
        const OFTEN: usize = 15;
        (0..self.len()).all(|place| self.calls(place) >= OFTEN)
    }

    /// How many operations an object has had; objects are numbered through their kinds.
    pub(super) fn calls(&self, place: usize) -> usize {
        match self.at(place) {
            Object::Cell(cell) => self.cells[cell].calls.len(),
            Object::Name(name) => self.names[name].calls.len(),
            Object::Lock(lock) => self.locks[lock].calls.len(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len() + self.names.len() + self.locks.len()
    }

    /// Which object has that number.
    pub(super) fn at(&self, place: usize) -> Object {
        let (cells, names) = (self.cells.len(), self.names.len());
        match place {
            _ if place < cells => Object::Cell(place),
            _ if place < cells + names => Object::Name(place - cells),
            _ => Object::Lock(place - cells - names),
        }
    }
}

/// An object by its kind and its place among them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Object {
    Cell(usize),
    Name(usize),
    Lock(usize),
}
