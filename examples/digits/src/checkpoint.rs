//! The form in which a network waits for its next rung.
//!
//! All numbers are little endian. A header of 16 bytes: the magic `DGTS`, the version (2 bytes), the activation (1
//! byte: 0 relu, 1 tanh), a zero, the number of hidden units (4 bytes), the epoch (4 bytes). Then all weights and all
//! their momentum, 4 bytes each: a network with 100 hidden units takes 60,096 bytes.

use foundation_core::{Code, Error, Result};

use crate::data::{CLASSES, PIXELS};
use crate::hyperparameters::Activation;
use crate::network::{Layers, Network};

const MAGIC: [u8; 4] = *b"DGTS";
const VERSION: u16 = 1;
const HEADER: usize = 16;

/// More hidden units than any network of this crate has: a length that a header may not ask for.
const MOST_HIDDEN: usize = 4_096;

/// Writes `network`.
pub(crate) fn encode(network: &Network) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length(network.hidden()));
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.push(match network.activation {
        Activation::Relu => 0,
        Activation::Tanh => 1,
    });
    bytes.push(0);
    // Bounded by MOST_HIDDEN, as `Hyperparameters` are.
    bytes.extend_from_slice(&(network.hidden() as u32).to_le_bytes());
    bytes.extend_from_slice(&network.epoch.to_le_bytes());
    for numbers in network.weights.parts().into_iter().chain(network.momentum.parts()) {
        let at = bytes.len();
        bytes.resize(at + 4 * numbers.len(), 0);
        for (place, number) in bytes[at..].as_chunks_mut().0.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
    }
    bytes
}

/// Reads a network back.
///
/// # Errors
/// [`Code::NewerVersion`] if a newer version wrote it; [`Code::Corrupt`] if it is no checkpoint of this crate, or not a
/// whole one.
pub(crate) fn decode(bytes: &[u8]) -> Result<Network> {
    let corrupt = |what: String| Error::new(Code::Corrupt, format!("read a checkpoint of the perceptron: {what}"));
    let Some((header, values)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(corrupt(format!("{} bytes are fewer than its header has", bytes.len())));
    };
    let [m0, m1, m2, m3, v0, v1, activation, _, h0, h1, h2, h3, e0, e1, e2, e3] = *header;
    if [m0, m1, m2, m3] != MAGIC {
        return Err(corrupt("it does not begin with `DGTS`".to_owned()));
    }
    let version = u16::from_le_bytes([v0, v1]);
    if version != VERSION {
        let what = format!("read a checkpoint of the perceptron: its version is {version}, known is {VERSION}");
        return Err(Error::new(Code::NewerVersion, what));
    }
    let activation = match activation {
        0 => Activation::Relu,
        1 => Activation::Tanh,
        other => return Err(corrupt(format!("no activation has number {other}"))),
    };
    let hidden = u32::from_le_bytes([h0, h1, h2, h3]) as usize;
    if !(1..=MOST_HIDDEN).contains(&hidden) || bytes.len() != length(hidden) {
        return Err(corrupt(format!("{} bytes do not hold {hidden} hidden units", bytes.len())));
    }
    let mut weights = Layers::zeros(hidden);
    let mut momentum = Layers::zeros(hidden);
    let mut values = values.as_chunks().0;
    for numbers in weights.parts_mut().into_iter().chain(momentum.parts_mut()) {
        let (these, others) = values.split_at(numbers.len());
        for (number, value) in numbers.iter_mut().zip(these) {
            *number = f32::from_le_bytes(*value);
        }
        values = others;
    }
    Ok(Network { activation, epoch: u32::from_le_bytes([e0, e1, e2, e3]), weights, momentum })
}

const fn length(hidden: usize) -> usize {
    let weights = (PIXELS + 1) * hidden + (hidden + 1) * CLASSES;
    HEADER + 2 * 4 * weights
}

#[cfg(test)]
mod tests;
