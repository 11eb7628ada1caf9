//! The form in which a space stands in a log.
//!
//! Version 1 had neither steps nor conditions nor constraints; it is read as what it was.

use foundation_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::constraint::Constraint;
use super::domain::Domain;
use super::parameter::Parameter;
use super::{SearchSpace, refused};

/// The version of the written form.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
pub(super) struct Written {
    version: u32,
    parameters: Vec<WrittenParameter>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    constraints: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WrittenParameter {
    name: String,
    #[serde(flatten)]
    domain: Domain,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<Condition>,
}

impl From<SearchSpace> for Written {
    fn from(space: SearchSpace) -> Self {
        let write = |parameter: &Parameter| WrittenParameter {
            name: parameter.name().to_owned(),
            domain: parameter.domain().clone(),
            when: parameter.condition().cloned(),
        };
        Self {
            version: VERSION,
            parameters: space.parameters().iter().map(write).collect(),
            constraints: space.constraints().iter().map(|constraint| constraint.text().to_owned()).collect(),
        }
    }
}

impl TryFrom<Written> for SearchSpace {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        if written.version > VERSION {
            let what = format!("read a search space: its version is {}, known is {VERSION}", written.version);
            return Err(Error::new(Code::NewerVersion, what));
        }
        let parameters = written
            .parameters
            .into_iter()
            .map(|read| Ok(Parameter::new(read.name, read.domain)?.under(read.when)))
            .collect::<Result<_>>()?;
        let read = |text: &String| Constraint::parse(text).map_err(|error| refused(text, &error));
        Self::new(parameters, written.constraints.iter().map(read).collect::<Result<_>>()?)
    }
}
