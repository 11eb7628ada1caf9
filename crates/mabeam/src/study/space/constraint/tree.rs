//! A constraint as a tree.

use std::ops::Range;

/// A part of a constraint and where it stands in the text.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Range<usize>,
    pub(super) form: Form,
}

#[derive(Clone, Debug)]
pub(super) enum Form {
    Number(f64),
    Word(String),
    Truth(bool),
    Name(String),
    Negative(Box<Node>),
    Not(Box<Node>),
    Arithmetic(Box<Node>, Operation, Box<Node>),
    /// `a < b <= c`: every comparison of neighbours has to hold.
    Chain(Box<Node>, Vec<(Comparison, Node)>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Plus,
    Minus,
    Times,
    Over,
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    Unequal,
}

impl Comparison {
    /// Whether it asks for an order, which only numbers have.
    pub(super) fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::Unequal)
    }
}
