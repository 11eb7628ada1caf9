//! The subjects that were published on lately, as the server knows them.
//!
//! A publish takes less than a microsecond, and a good part of that would be making the subject's text here and freeing
//! it on the thread that writes. Whoever publishes on one subject again holds the same [`Subject`], which is found by
//! where its text is; texts are not compared.

use std::sync::Mutex;

use foundation_core::port::messaging::Subject;

/// How many subjects are kept at most; a place for each by its address.
const PLACES: usize = 64;

#[derive(Debug)]
pub(super) struct Recent {
    places: [Mutex<Place>; PLACES],
}

#[derive(Debug, Default)]
struct Place {
    /// Where the text of the subject was that asked last. Only those that ask twice are kept, so that subjects which are
    /// used once push nobody out.
    asked: usize,
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Held, so that no other text can come to lie where this one does.
    subject: Subject,
    encoded: async_nats::Subject,
}

impl Default for Recent {
    fn default() -> Self {
        Self { places: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl Recent {
    /// What `encode` makes of a subject, or made of it before.
    pub(super) fn get(&self, subject: &Subject, encode: impl FnOnce() -> async_nats::Subject) -> async_nats::Subject {
        let text = subject.as_str();
        let address = text.as_ptr().addr();
        // Texts lie at multiples of 8.
        let place = &self.places[(address >> 3) % PLACES];
        // Whoever meets another here goes on without.
        let Ok(mut place) = place.try_lock() else { return encode() };
        match &place.kept {
            Some(kept) if std::ptr::eq(kept.subject.as_str(), text) => kept.encoded.clone(),
            _ if place.asked == address => {
                let encoded = encode();
                place.kept = Some(Kept { subject: subject.clone(), encoded: encoded.clone() });
                encoded
            }
            _ => {
                place.asked = address;
                encode()
            }
        }
    }
}

#[cfg(test)]
mod tests;
