//! Checks a constraint against parameters: what is a number, a word or a truth, and whether that fits together.

use std::fmt;

use super::ConstraintError;
use super::tree::{Comparison, Form, Node};
use crate::study::space::{Domain, Parameter};

/// What a part of a constraint is; a word of a choice brings the words that there are.
#[derive(Clone, Copy, Debug)]
enum Kind<'a> {
    Number,
    Truth,
    /// A choice, by its parameter.
    Choice(&'a Parameter),
    /// A word that stands in the text.
    Word(&'a str),
}

impl fmt::Display for Kind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a number",
            Self::Truth => "true or false",
            Self::Choice(_) | Self::Word(_) => "a word",
        })
    }
}

pub(super) fn check(tree: &Node, parameters: &[Parameter]) -> Result<(), ConstraintError> {
    truth(tree, parameters)
}

/// Checks that `node` is true or false.
fn truth(node: &Node, parameters: &[Parameter]) -> Result<(), ConstraintError> {
    match kind(node, parameters)? {
        Kind::Truth => Ok(()),
        other => Err(ConstraintError::new(node.at.clone(), format!("this is {other}, and true or false is needed"))),
    }
}

/// Checks that `node` is a number.
fn number(node: &Node, parameters: &[Parameter]) -> Result<(), ConstraintError> {
    match kind(node, parameters)? {
        Kind::Number => Ok(()),
        other => Err(ConstraintError::new(node.at.clone(), format!("this is {other}, and a number is needed"))),
    }
}

fn kind<'a>(node: &'a Node, parameters: &'a [Parameter]) -> Result<Kind<'a>, ConstraintError> {
    match &node.form {
        Form::Number(_) => Ok(Kind::Number),
        Form::Word(word) => Ok(Kind::Word(word)),
        Form::Truth(_) => Ok(Kind::Truth),
        Form::Name(name) => match parameters.iter().find(|parameter| parameter.name() == name) {
            Some(parameter) => Ok(match parameter.domain() {
                Domain::Int { .. } | Domain::Float { .. } => Kind::Number,
                Domain::Choice { .. } => Kind::Choice(parameter),
                Domain::Bool => Kind::Truth,
            }),
            None => {
                let known: Vec<&str> = parameters.iter().map(Parameter::name).collect();
                let what = format!("no parameter has the name `{name}`; there are {}", known.join(", "));
                let unknown = Some(name.clone());
                Err(ConstraintError { unknown, ..ConstraintError::new(node.at.clone(), what) })
            }
        },
        Form::Negative(inner) => number(inner, parameters).map(|()| Kind::Number),
        Form::Arithmetic(left, _, right) => {
            number(left, parameters)?;
            number(right, parameters)?;
            Ok(Kind::Number)
        }
        Form::Not(inner) => truth(inner, parameters).map(|()| Kind::Truth),
        Form::All(parts) | Form::Any(parts) => {
            parts.iter().try_for_each(|part| truth(part, parameters))?;
            Ok(Kind::Truth)
        }
        Form::Chain(first, others) => {
            let mut left = (&**first, kind(first, parameters)?);
            for (comparison, node) in others {
                let right = (node, kind(node, parameters)?);
                comparable(left, *comparison, right)?;
                left = right;
            }
            Ok(Kind::Truth)
        }
    }
}

fn comparable(
    left: (&Node, Kind<'_>),
    comparison: Comparison,
    right: (&Node, Kind<'_>),
) -> Result<(), ConstraintError> {
    let both = left.0.at.start..right.0.at.end;
    match (left.1, right.1) {
        (Kind::Number, Kind::Number) => Ok(()),
        (Kind::Number, other) => {
            Err(ConstraintError::new(right.0.at.clone(), format!("a number is compared with {other}")))
        }
        (other, Kind::Number) => {
            Err(ConstraintError::new(left.0.at.clone(), format!("a number is compared with {other}")))
        }
        (..) if comparison.orders() => {
            Err(ConstraintError::new(both, "only numbers have an order; compare these with `==` or `!=`"))
        }
        (Kind::Truth, Kind::Truth) | (Kind::Choice(_), Kind::Choice(_)) => Ok(()),
        (Kind::Choice(parameter), Kind::Word(word)) => option(parameter, right.0, word),
        (Kind::Word(word), Kind::Choice(parameter)) => option(parameter, left.0, word),
        (Kind::Word(_), Kind::Word(_)) => Err(ConstraintError::new(both, "two words are compared, and no parameter")),
        (one, other) => Err(ConstraintError::new(both, format!("{one} is compared with {other}"))),
    }
}

/// Checks that the choice may be that word: a comparison that can never be true is a slip of the pen.
fn option(parameter: &Parameter, node: &Node, word: &str) -> Result<(), ConstraintError> {
    match parameter.domain() {
        Domain::Choice { options } if !options.iter().any(|option| option == word) => {
            let what = format!("`{}` is never {word:?}; it is one of {}", parameter.name(), options.join(", "));
            Err(ConstraintError::new(node.at.clone(), what))
        }
        _ => Ok(()),
    }
}
