//! What happens in a market, as it stands in a log.
//!
//! Who won, at what price, and what was taken are facts of the event and not worked out again on reading, so an old log
//! tells the same story to a program with other rules.

use foundation_core::event::{Event, EventSource};
use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::terms::Terms;
use crate::body::{seal, unseal};

/// The version of the bodies' shapes.
pub const MARKET_EVENT_VERSION: u16 = 1;

/// A start was sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sold {
    /// The start's number; every start has one, from 0.
    pub round: u64,
    /// What it costs whoever pays for the work: epochs of a budget.
    pub cost: u64,
    /// The bid of each member in units, none above its balance.
    pub bids: Vec<u64>,
    /// Who has it.
    pub winner: u32,
    /// What the winner pays, at most its bid. Held in escrow until the start is delivered or refunded.
    pub price: u64,
    /// What the house takes of each balance afterwards; nothing where it takes none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub levies: Vec<u64>,
}

/// A start was given without a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The start's number, counted together with those that are sold.
    pub round: u64,
    /// What it costs whoever pays for the work.
    pub cost: u64,
    /// Who has it.
    pub member: u32,
}

/// Work that a member began was promoted, and the house paid for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// Who is paid.
    pub member: u32,
    /// From which rung the work goes on.
    pub rung: u32,
    /// What going on costs whoever pays for the work.
    pub cost: u64,
    /// How many units the house pays; 0 where it has none.
    pub amount: u64,
}

/// Something that happened in a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketEvent {
    /// It opened; always the first.
    Opened(Terms),
    /// A start was sold.
    Sold(Sold),
    /// A start was given.
    Given(Given),
    /// The work of a sold start began as it should: its price leaves escrow for the house.
    Delivered {
        /// The start's number.
        round: u64,
    },
    /// The work of a start never began: its price leaves escrow for its buyer.
    Refunded {
        /// The start's number.
        round: u64,
    },
    /// A promotion was paid.
    Paid(Paid),
}

/// The event types of a market: the one place where they stand.
const TYPES: [&str; 6] =
    ["market.opened", "market.sold", "market.given", "market.delivered", "market.refunded", "market.paid"];

#[derive(Serialize, Deserialize)]
struct Round {
    round: u64,
}

impl MarketEvent {
    /// The event types that a market writes.
    #[must_use]
    pub fn types() -> &'static [&'static str] {
        &TYPES
    }

    /// This event's type.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let place = match self {
            Self::Opened(_) => 0,
            Self::Sold(_) => 1,
            Self::Given(_) => 2,
            Self::Delivered { .. } => 3,
            Self::Refunded { .. } => 4,
            Self::Paid(_) => 5,
        };
        TYPES[place]
    }

    /// The event in its envelope.
    ///
    /// # Errors
    /// None that its body can cause; `Encoding` all the same, for what comes later.
    pub fn to_event(&self, source: &EventSource) -> Result<Event> {
        let (kind, version) = (self.kind(), MARKET_EVENT_VERSION);
        match self {
            Self::Opened(body) => seal(source, kind, version, body),
            Self::Sold(body) => seal(source, kind, version, body),
            Self::Given(body) => seal(source, kind, version, body),
            Self::Delivered { round } | Self::Refunded { round } => {
                seal(source, kind, version, &Round { round: *round })
            }
            Self::Paid(body) => seal(source, kind, version, body),
        }
    }

    /// Reads an event out of its envelope.
    ///
    /// # Errors
    /// `NewerVersion` for a body of a later version; `Encoding` for a type that is no market's, or a body that cannot
    /// be read.
    pub fn from_event(event: &Event) -> Result<Self> {
        let version = MARKET_EVENT_VERSION;
        Ok(match event.kind.as_str() {
            "market.opened" => Self::Opened(unseal(event, version)?),
            "market.sold" => Self::Sold(unseal(event, version)?),
            "market.given" => Self::Given(unseal(event, version)?),
            "market.delivered" => Self::Delivered { round: unseal::<Round>(event, version)?.round },
            "market.refunded" => Self::Refunded { round: unseal::<Round>(event, version)?.round },
            "market.paid" => Self::Paid(unseal(event, version)?),
            other => {
                return Err(Error::new(Code::Encoding, format!("event {}: type `{other}` is no market's", event.id)));
            }
        })
    }
}

#[cfg(test)]
mod tests;
