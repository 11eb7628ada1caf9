//! Computes a constraint for the parameters of a trial.
//!
//! Only operations whose every bit IEEE 754 fixes, so that a study draws the same points on every machine.

use std::cmp::Ordering;

use super::tree::{Comparison, Form, Node, Operation};
use crate::study::space::{ParamValue, Params};

#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Number(f64),
    Word(&'a str),
    Truth(bool),
}

/// Whether `node` is true; `None` if that hangs on a parameter that is not there.
pub(super) fn truth(node: &Node, params: &Params) -> Option<bool> {
    match value(node, params)? {
        Value::Truth(truth) => Some(truth),
        Value::Number(_) | Value::Word(_) => None,
    }
}

fn number(node: &Node, params: &Params) -> Option<f64> {
    match value(node, params)? {
        Value::Number(number) => Some(number),
        Value::Truth(_) | Value::Word(_) => None,
    }
}

fn value<'a>(node: &'a Node, params: &'a Params) -> Option<Value<'a>> {
    Some(match &node.form {
        Form::Number(number) => Value::Number(*number),
        Form::Word(word) => Value::Word(word),
        Form::Truth(truth) => Value::Truth(*truth),
        Form::Name(name) => match params.get(name)? {
            ParamValue::Int(value) => Value::Number(*value as f64),
            ParamValue::Float(value) => Value::Number(*value),
            ParamValue::Choice(value) => Value::Word(value),
            ParamValue::Bool(value) => Value::Truth(*value),
        },
        Form::Negative(inner) => Value::Number(-number(inner, params)?),
        Form::Not(inner) => Value::Truth(!truth(inner, params)?),
        Form::Arithmetic(left, operation, right) => {
            let (left, right) = (number(left, params)?, number(right, params)?);
            Value::Number(match operation {
                Operation::Plus => left + right,
                Operation::Minus => left - right,
                Operation::Times => left * right,
                Operation::Over => left / right,
                Operation::Remainder => left % right,
            })
        }
        Form::Chain(first, others) => Value::Truth(chain(first, others, params)?),
        // One false part decides an `and`, one true part an `or`, whatever is unknown beside it.
        Form::All(parts) => Value::Truth(decided(parts, params, false)?),
        Form::Any(parts) => Value::Truth(decided(parts, params, true)?),
    })
}

/// `deciding` if any part is that; unknown if any part is; otherwise the opposite.
fn decided(parts: &[Node], params: &Params, deciding: bool) -> Option<bool> {
    let mut found = Some(!deciding);
    for part in parts {
        match truth(part, params) {
            Some(truth) if truth == deciding => return Some(deciding),
            Some(_) => {}
            None => found = None,
        }
    }
    found
}

/// As an `and` of the comparisons of neighbours.
fn chain(first: &Node, others: &[(Comparison, Node)], params: &Params) -> Option<bool> {
    let mut left = value(first, params);
    let mut found = Some(true);
    for (comparison, node) in others {
        let right = value(node, params);
        match left.zip(right).and_then(|(left, right)| compared(left, *comparison, right)) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => found = None,
        }
        left = right;
    }
    found
}

fn compared(left: Value<'_>, comparison: Comparison, right: Value<'_>) -> Option<bool> {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(&right),
        (Value::Word(left), Value::Word(right)) => Some(left.cmp(right)),
        (Value::Truth(left), Value::Truth(right)) => Some(left.cmp(&right)),
        _ => return None,
    };
    Some(match comparison {
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Comparison::Equal => order == Some(Ordering::Equal),
        // Not a number is unequal to every number, but a constraint asks for something: it is false as the others are.
        Comparison::Unequal => order.is_some_and(Ordering::is_ne),
    })
}
