//! Argument values that check themselves.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where JSON goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonTarget {
    /// Into a file.
    File(PathBuf),
    /// To standard output; human text then goes to standard error.
    Stdout,
}

impl FromStr for JsonTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("name a file, or `-` for standard output".to_owned()),
            "-" => Ok(Self::Stdout),
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }
}

/// Where metrics and health are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Http {
    /// Nothing was asked for: the usual address, or the next free port.
    #[default]
    Usual,
    /// Nowhere.
    Off,
    /// Here and nowhere else.
    At(SocketAddr),
}

impl FromStr for Http {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "usual" => Ok(Self::Usual),
            address => address
                .parse()
                .map(Self::At)
                .map_err(|_| "give an IP address and a port, as in 127.0.0.1:9464, or `off`".to_owned()),
        }
    }
}

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => f.write_str("usual"),
            Self::Off => f.write_str("off"),
            Self::At(address) => write!(f, "{address}"),
        }
    }
}

/// Whether a study is named by its file.
#[must_use]
pub fn is_study_file(study: &str) -> bool {
    Path::new(study).extension().is_some_and(|extension| extension == "toml")
}

/// The name of a study, or the path of a study file.
pub(super) fn study(text: &str) -> Result<String, String> {
    if super::STUDIES.contains(&text) || is_study_file(text) {
        return Ok(text.to_owned());
    }
    Err(format!("give {}, or a study file that ends in .toml", super::STUDIES.join(", ")))
}

/// A number from 0 to 1.
pub(super) fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("give a number from 0 to 1".to_owned()),
    }
}

#[cfg(test)]
mod tests;
