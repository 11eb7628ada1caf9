//! Which of the trimmed events are old enough to be dropped: the last of them, found by halves.

/// A search among the events up to a place, whose times rise with their sequences.
#[derive(Debug)]
pub(super) struct Boundary {
    /// An old event is here, or nothing is known to be old (zero).
    old: u64,
    /// No event from here on is old, as far as it is searched.
    young: u64,
    last: u64,
    began: bool,
}

impl Boundary {
    /// A search among the events up to `last`.
    pub(super) fn up_to(last: u64) -> Self {
        Self { old: 0, young: last.saturating_add(1), last, began: false }
    }

    /// The place whose next event is to be looked at; `None` where the search is over.
    pub(super) fn question(&self) -> Option<u64> {
        if self.old + 1 >= self.young {
            return None;
        }
        // Mostly all of them are old.
        Some(if self.began { self.old + (self.young - self.old) / 2 } else { self.last })
    }

    /// The first event at or behind the place that was asked for is `found`.
    pub(super) fn answer(&mut self, asked: u64, found: u64, is_old: bool) {
        self.began = true;
        if is_old && found <= self.last {
            self.old = self.old.max(found);
        } else {
            self.young = self.young.min(asked);
        }
    }

    /// The last old event; zero where there is none.
    pub(super) fn last_old(&self) -> u64 {
        self.old
    }
}

#[cfg(test)]
mod tests;
