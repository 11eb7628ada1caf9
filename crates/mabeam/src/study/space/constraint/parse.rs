//! Reads the words of a constraint into a tree, by recursive descent.

use std::ops::Range;

use super::ConstraintError;
use super::token::{Token, tokens};
use super::tree::{Form, Node, Operation};

/// The deepest nesting of brackets, `not` and signs; each level costs some of the stack.
const DEEPEST: u32 = 32;

pub(super) fn parse(text: &str) -> Result<Node, ConstraintError> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(ConstraintError::new(0..text.len(), "the constraint is empty"));
    }
    let mut reader = Reader { tokens, next: 0, end: text.len(), depth: 0 };
    let tree = reader.any()?;
    match reader.tokens.get(reader.next) {
        None => Ok(tree),
        Some((at, Token::Close)) => Err(ConstraintError::new(at.clone(), "this bracket closes nothing")),
        Some((at, _)) => {
            let what = "expected an operator (`and`, `<=`, `*`, …) or the end before this";
            Err(ConstraintError::new(at.clone(), what))
        }
    }
}

struct Reader {
    tokens: Vec<(Range<usize>, Token)>,
    next: usize,
    /// The length of the text, the place of what is missing at its end.
    end: usize,
    depth: u32,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.next += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Node, ConstraintError> {
        let mut parts = vec![self.all()?];
        while self.take(&Token::Or) {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Form::Any))
    }

    fn all(&mut self) -> Result<Node, ConstraintError> {
        let mut parts = vec![self.negated()?];
        while self.take(&Token::And) {
            parts.push(self.negated()?);
        }
        Ok(joined(parts, Form::All))
    }

    fn negated(&mut self) -> Result<Node, ConstraintError> {
        let at = self.place();
        if !self.take(&Token::Not) {
            return self.comparison();
        }
        let inner = self.deeper(at.clone(), Self::negated)?;
        Ok(Node { at: at.start..inner.at.end, form: Form::Not(Box::new(inner)) })
    }

    fn comparison(&mut self) -> Result<Node, ConstraintError> {
        let first = self.sum()?;
        let mut others = Vec::new();
        while let Some(Token::Compare(comparison)) = self.peek() {
            let comparison = *comparison;
            self.next += 1;
            others.push((comparison, self.sum()?));
        }
        let Some((_, last)) = others.last() else { return Ok(first) };
        Ok(Node { at: first.at.start..last.at.end, form: Form::Chain(Box::new(first), others) })
    }

    fn sum(&mut self) -> Result<Node, ConstraintError> {
        self.arithmetic(&[Operation::Plus, Operation::Minus], Self::product)
    }

    fn product(&mut self) -> Result<Node, ConstraintError> {
        self.arithmetic(&[Operation::Times, Operation::Over, Operation::Remainder], Self::signed)
    }

    /// Parts that `operations` join, from left to right.
    fn arithmetic(
        &mut self,
        operations: &[Operation],
        part: fn(&mut Self) -> Result<Node, ConstraintError>,
    ) -> Result<Node, ConstraintError> {
        let mut left = part(self)?;
        while let Some(Token::Compute(operation)) = self.peek()
            && operations.contains(operation)
        {
            let operation = *operation;
            self.next += 1;
            let right = part(self)?;
            let at = left.at.start..right.at.end;
            left = Node { at, form: Form::Arithmetic(Box::new(left), operation, Box::new(right)) };
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Node, ConstraintError> {
        let at = self.place();
        if !self.take(&Token::Compute(Operation::Minus)) {
            return self.single();
        }
        let inner = self.deeper(at.clone(), Self::signed)?;
        Ok(Node { at: at.start..inner.at.end, form: Form::Negative(Box::new(inner)) })
    }

    fn single(&mut self) -> Result<Node, ConstraintError> {
        let at = self.place();
        let Some(token) = self.peek().cloned() else {
            return Err(ConstraintError::new(at, "expected a parameter, a number or a word here"));
        };
        self.next += 1;
        let form = match token {
            Token::Number(value) => Form::Number(value),
            Token::Word(word) => Form::Word(word),
            Token::Name(name) => Form::Name(name),
            Token::True => Form::Truth(true),
            Token::False => Form::Truth(false),
            Token::Open => {
                let inner = self.deeper(at.clone(), Self::any)?;
                let close = self.place();
                if !self.take(&Token::Close) {
                    return Err(ConstraintError::new(at, "this bracket is not closed"));
                }
                return Ok(Node { at: at.start..close.end, form: inner.form });
            }
            _ => return Err(ConstraintError::new(at, "expected a parameter, a number or a word before this")),
        };
        Ok(Node { at, form })
    }

    /// The place of the next word, or of the end.
    fn place(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.end..self.end, |(at, _)| at.clone())
    }

    fn deeper(
        &mut self,
        at: Range<usize>,
        inner: fn(&mut Self) -> Result<Node, ConstraintError>,
    ) -> Result<Node, ConstraintError> {
        if self.depth == DEEPEST {
            return Err(ConstraintError::new(at, format!("more than {DEEPEST} levels of brackets and signs")));
        }
        self.depth += 1;
        let read = inner(self);
        self.depth -= 1;
        read
    }
}

fn joined(mut parts: Vec<Node>, form: fn(Vec<Node>) -> Form) -> Node {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let at = parts[0].at.start..parts[parts.len() - 1].at.end;
    Node { at, form: form(parts) }
}
