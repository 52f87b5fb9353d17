//! The symbols of a procedure: what the evidence gives, under one name and unit each.

use ::uncertainty::document::Text;
use numbers::number::Fraction;
use numbers::unit::Unit;

use crate::evidence::Role;
use crate::requirement::ValueSource;

/// Where the value of a symbol comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A series of readings: mean or sum of the window.
    Series {
        /// Whose.
        of: Role,
        /// Point that is asked for.
        point: String,
        /// Cumulative register.
        register: bool,
    },
    /// Least step of a series, by the index of that series' symbol.
    Resolution(usize),
    /// A value of the nameplate or certificate, and where a caller finds it.
    Value(Role, ValueSource),
    /// Computed from others.
    Derived,
    /// Given by the reader.
    Reader,
}

/// One symbol.
#[derive(Clone, Debug)]
pub(crate) struct Symbol {
    /// Its name.
    pub(crate) name: String,
    /// Its unit.
    pub(crate) unit: Unit,
    /// What it is.
    pub(crate) title: Text,
    /// Where its value comes from.
    pub(crate) origin: Origin,
    /// A plausible value, at which the file is checked.
    pub(crate) example: Fraction,
}

impl Symbol {
    pub(crate) fn is_register_of(&self, of: Role) -> bool {
        matches!(&self.origin, Origin::Series { of: own, register: true, .. } if *own == of)
    }

    pub(crate) fn is_indication(&self) -> bool {
        matches!(self.origin, Origin::Series { register: false, .. })
    }
}

/// All symbols in one order; formulas take their values in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SymbolTable {
    symbols: Vec<Symbol>,
}

impl SymbolTable {
    /// The symbols.
    pub(crate) fn all(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Index of a symbol.
    pub(crate) fn index(&self, name: &str) -> Option<usize> {
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
