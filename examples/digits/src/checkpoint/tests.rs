use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;

use super::{decode, encode};
use crate::hyperparameters::Activation;
use crate::network::Network;

fn network() -> Network {
    let mut random = RandomStream::new(2, 0);
    let mut network = Network::new(100, Activation::Tanh, &mut random);
    network.epoch = 9;
    for momentum in network.momentum.parts_mut().into_iter().flatten() {
        *momentum = random.next_f64() as f32;
    }
    network
}

#[test]
fn a_network_comes_back() {
    let bytes = encode(&network());
    assert_eq!(bytes.len(), 60_096);
    assert_eq!(decode(&bytes).unwrap(), network());
}

#[test]
fn garbage_is_refused_by_what_is_wrong_with_it() {
    let good = encode(&network());
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    for (bytes, code, what) in [
        (Vec::new(), Code::Corrupt, "0 bytes are fewer than its header has"),
        (with(0, b'X'), Code::Corrupt, "it does not begin with `DGTS`"),
        (with(4, 2), Code::NewerVersion, "its version is 2, known is 1"),
        (with(6, 7), Code::Corrupt, "no activation has number 7"),
        (with(8, 99), Code::Corrupt, "60096 bytes do not hold 99 hidden units"),
        (with(11, 255), Code::Corrupt, "60096 bytes do not hold 4278190180 hidden units"),
        (good[..good.len() - 1].to_vec(), Code::Corrupt, "60095 bytes do not hold 100 hidden units"),
    ] {
        let error = decode(&bytes).unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(error.what(), format!("read a checkpoint of the perceptron: {what}"));
    }
}

#[test]
fn no_garbage_makes_it_panic() {
    let good = encode(&network());
    let mut random = RandomStream::new(9, 0);
    for _ in 0..2_000 {
        let length = random.below(64) as usize;
        let mut bytes: Vec<u8> = good.iter().copied().take(length).collect();
        for _ in 0..random.below(4) {
            if let Some(byte) = bytes.get_mut(random.below(24) as usize) {
                *byte = random.next_u32() as u8;
            }
        }
        assert!(decode(&bytes).is_err(), "{bytes:?}");
    }
}
