//! Who may vote, and a vote.

use std::collections::BTreeSet;
use std::fmt;

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// How sure a voter is, in per mille: 0 knows nothing, 1000 has no doubt.
///
/// Whole numbers, so that sums of them do not depend on the order of the votes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Confidence(u16);

impl Confidence {
    /// No doubt.
    pub const FULL: Self = Self(1_000);

    /// A confidence in per mille.
    ///
    /// # Errors
    /// `InvalidInput` above 1000.
    pub fn new(per_mille: u16) -> Result<Self> {
        if per_mille > Self::FULL.0 {
            return Err(Error::new(
                Code::InvalidInput,
                format!("a confidence of {per_mille} per mille, at most 1000 are possible"),
            ));
        }
        Ok(Self(per_mille))
    }

    /// The confidence nearest to a share from 0 to 1. What lies outside is taken to the nearer end, and what is no
    /// number to 0.
    #[must_use]
    pub fn from_share(share: f64) -> Self {
        // The cast takes no number to 0.
        Self((share * 1_000.0).round().clamp(0.0, 1_000.0) as u16)
    }

    /// In per mille.
    #[must_use]
    pub fn per_mille(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Confidence {
    type Error = Error;

    fn try_from(per_mille: u16) -> Result<Self> {
        Self::new(per_mille)
    }
}

impl From<Confidence> for u16 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", f64::from(self.0) / 1_000.0)
    }
}

/// What one voter says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// Who.
    pub voter: String,
    /// Whether it is in favour.
    pub accept: bool,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why, in a sentence for people.
    pub reason: String,
}

/// Those who may vote: at least one, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Electorate(BTreeSet<String>);

impl Electorate {
    /// An electorate of these voters.
    ///
    /// # Errors
    /// `InvalidInput` where there are none, one has an empty name, or one appears twice.
    pub fn new(voters: impl IntoIterator<Item = impl Into<String>>) -> Result<Self> {
        let mut entitled = BTreeSet::new();
        let wrong = |what: String| Err(Error::new(Code::InvalidInput, format!("an electorate: {what}")));
        for voter in voters {
            let voter = voter.into();
            if voter.is_empty() {
                return wrong("a voter has no name".to_owned());
            }
            if entitled.contains(&voter) {
                return wrong(format!("voter `{voter}` appears twice"));
            }
            entitled.insert(voter);
        }
        if entitled.is_empty() {
            return wrong("nobody may vote".to_owned());
        }
        Ok(Self(entitled))
    }

    /// How many there are.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.0.len() as u32
    }

    /// Whether `voter` is among them.
    #[must_use]
    pub fn includes(&self, voter: &str) -> bool {
        self.0.contains(voter)
    }

    /// Their names, in order.
    pub fn voters(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl TryFrom<Vec<String>> for Electorate {
    type Error = Error;

    fn try_from(voters: Vec<String>) -> Result<Self> {
        Self::new(voters)
    }
}

impl From<Electorate> for Vec<String> {
    fn from(electorate: Electorate) -> Self {
        electorate.0.into_iter().collect()
    }
}
