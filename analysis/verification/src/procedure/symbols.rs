//! The symbols of a procedure: what the evidence gives, under one name and unit each.

use super::Owner;
use numbers::number::Fraction;
use numbers::unit::Unit;
use uncertainty::document::Text;

/// Where the value of a symbol comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A series of readings: mean or sum of the window.
    Series {
        /// Whose.
        of: Owner,
        /// Point that is asked for.
        point: String,
        /// Cumulative register.
        register: bool,
    },
    /// Least step of a series, by the index of that series' symbol.
    Resolution(usize),
    /// A value of the nameplate or certificate.
    Value(Owner),
    /// Computed from others.
    Derived,
    /// Given by the reader.
    Reader,
}

/// One symbol.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
    /// What it is.
    pub title: Text,
    /// Where its value comes from.
    pub origin: Origin,
    /// A plausible value, at which the file is checked.
    pub(crate) example: Fraction,
}

/// All symbols in one order; formulas take their values in it.
#[derive(Clone, Debug, Default)]
pub struct SymbolTable {
    symbols: Vec<Symbol>,
}

impl SymbolTable {
    /// The symbols.
    pub fn all(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Index of a symbol.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.symbols.iter().position(|s| s.name == name)
    }

    pub(crate) fn push(&mut self, symbol: Symbol) -> usize {
        self.symbols.push(symbol);
        self.symbols.len() - 1
    }

    pub(crate) fn units(&self) -> Vec<(&str, &Unit)> {
        self.symbols.iter().map(|s| (s.name.as_str(), &s.unit)).collect()
    }

    pub(crate) fn examples(&self) -> Vec<Fraction> {
        self.symbols.iter().map(|s| s.example.clone()).collect()
    }

    pub(crate) fn set_example(&mut self, index: usize, value: Fraction) {
        if let Some(symbol) = self.symbols.get_mut(index) {
            symbol.example = value;
        }
    }
}
