//! From tokens to nodes, by descent with a depth limit.

use super::lex::{Lexeme, Token, tokens};
use super::{Expression, ExpressionError, Function, MAX_DEPTH, Node, Op, Place};

pub(super) fn parse(text: &str) -> Result<Expression, ExpressionError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        nodes: Vec::new(),
        symbols: Vec::new(),
    };
    if parser.peek() == &Token::End {
        return Err(parser.place().error("empty, write a formula such as x - x0"));
    }
    parser.sum()?;
    match parser.peek() {
        Token::End => {}
        Token::Sign(')') => return Err(parser.place().error("no bracket is open, remove )")),
        Token::Sign(c) => return Err(parser.place().error(format!("unexpected {c:?}, remove it"))),
        _ => {
            return Err(parser
                .place()
                .error("an operator is missing; write * for a product"));
        }
    }
    Ok(Expression {
        text: text.to_owned(),
        nodes: parser.nodes,
        symbols: parser.symbols,
    })
}

struct Parser {
    tokens: Vec<Lexeme>,
    at: usize,
    depth: usize,
    nodes: Vec<Node>,
    symbols: Vec<(String, Place)>,
}

type Found = Result<usize, ExpressionError>;

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |l| &l.token)
    }

    fn place(&self) -> Place {
        let last = self.tokens.last().map(|l| l.place);
        self.tokens
            .get(self.at)
            .map(|l| l.place)
            .or(last)
            .unwrap_or(Place { line: 1, column: 1 })
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.peek() == &Token::Sign(sign);
        self.at += usize::from(found);
        found
    }

    fn push(&mut self, op: Op, place: Place) -> usize {
        self.nodes.push(Node { op, place });
        self.nodes.len() - 1
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ExpressionError>,
    ) -> Result<T, ExpressionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self
                .place()
                .error(format!("nested deeper than {MAX_DEPTH}, split the formula")));
        }
        let found = read(self)?;
        self.depth -= 1;
        Ok(found)
    }

    fn sum(&mut self) -> Found {
        let mut left = self.product()?;
        loop {
            let place = self.place();
            if self.eat('+') {
                let right = self.product()?;
                left = self.push(Op::Add(left, right), place);
            } else if self.eat('-') {
                let right = self.product()?;
                left = self.push(Op::Subtract(left, right), place);
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Found {
        let mut left = self.signed()?;
        loop {
            let place = self.place();
            if self.eat('*') {
                let right = self.signed()?;
                left = self.push(Op::Multiply(left, right), place);
            } else if self.eat('/') {
                let right = self.signed()?;
                left = self.push(Op::Divide(left, right), place);
            } else {
                return Ok(left);
            }
        }
    }

    fn signed(&mut self) -> Found {
        let place = self.place();
        if self.eat('-') {
            let inner = self.deeper(Self::signed)?;
            return Ok(self.push(Op::Negative(inner), place));
        }
        if self.eat('+') {
            return self.deeper(Self::signed);
        }
        self.power()
    }

    /// Binds tighter than a sign before it: −x² = −(x²).
    fn power(&mut self) -> Found {
        let base = self.primary()?;
        let place = self.place();
        if let Token::Raised(n) = self.peek() {
            let n = i64::from(*n);
            self.at += 1;
            let exponent = self.push(Op::Number(n.into(), None), place);
            return Ok(self.push(Op::Power(base, exponent), place));
        }
        if self.eat('^') {
            let exponent = self.deeper(Self::signed)?;
            return Ok(self.push(Op::Power(base, exponent), place));
        }
        Ok(base)
    }

    fn primary(&mut self) -> Found {
        let place = self.place();
        let token = self.peek().clone();
        match token {
            Token::Number(value, unit) => {
                self.at += 1;
                Ok(self.push(Op::Number(value, unit), place))
            }
            Token::Name(name) => {
                self.at += 1;
                if self.peek() == &Token::Sign('(') {
                    return self.call(&name, place);
                }
                if matches!(name.as_str(), "pi" | "π") {
                    return Ok(self.push(Op::Pi, place));
                }
                let index = match self.symbols.iter().position(|(n, _)| *n == name) {
                    Some(index) => index,
                    None => {
                        self.symbols.push((name, place));
                        self.symbols.len() - 1
                    }
                };
                Ok(self.push(Op::Symbol(index), place))
            }
            Token::Sign('(') => {
                self.at += 1;
                let inner = self.deeper(Self::sum)?;
                self.close(')', place)?;
                Ok(inner)
            }
            Token::Sign('|') => {
                self.at += 1;
                let inner = self.deeper(Self::sum)?;
                self.close('|', place)?;
                Ok(self.push(Op::Call(Function::Abs, inner), place))
            }
            Token::Raised(_) => Err(place.error("a power needs something before it")),
            Token::Sign(c) => Err(place.error(format!("{c:?} where a number, symbol or ( should stand"))),
            Token::End => Err(place.error("the formula ends too early, a number, symbol or ( should follow")),
        }
    }

    fn close(&mut self, sign: char, opened: Place) -> Result<(), ExpressionError> {
        if self.eat(sign) {
            return Ok(());
        }
        let what = if sign == ')' { "bracket" } else { "bar" };
        Err(self.place().error(format!(
            "the {what} opened in column {} is not closed, add {sign}",
            opened.column
        )))
    }

    fn call(&mut self, name: &str, place: Place) -> Found {
        let opened = self.place();
        self.at += 1;
        let fold: Option<fn(usize, usize) -> Op> = match name {
            "min" => Some(Op::Least),
            "max" => Some(Op::Most),
            _ => None,
        };
        let function = Function::ALL.iter().find(|(n, _)| *n == name).map(|(_, f)| *f);
        if fold.is_none() && function.is_none() {
            let known: Vec<_> = Function::ALL.iter().map(|(n, _)| *n).collect();
            return Err(place.error(format!(
                "no function {name:?}; there are {}, min, max; write * for a product",
                known.join(", ")
            )));
        }
        let mut result = self.deeper(Self::sum)?;
        if let Some(function) = function {
            if self.peek() == &Token::Sign(',') {
                return Err(self
                    .place()
                    .error(format!("{name} takes one value, close the bracket here")));
            }
            self.close(')', opened)?;
            return Ok(self.push(Op::Call(function, result), place));
        }
        let mut count = 1;
        while self.eat(',') {
            let next = self.deeper(Self::sum)?;
            if let Some(fold) = fold {
                result = self.push(fold(result, next), place);
            }
            count += 1;
        }
        self.close(')', opened)?;
        if count < 2 {
            return Err(place.error(format!("{name} needs two values or more")));
        }
        Ok(result)
    }
}
