//! Columns of numbers from a file or standard input.

use anyhow::{Context, Result, anyhow, bail};
use csv::{ReaderBuilder, StringRecord, Trim};
use numbers::notation;
use numbers::number::Exact;

use super::read_table;

/// Rows of cells with the line where each stands; the first row is a header when columns are named.
pub(super) struct Table {
    rows: Vec<(u64, StringRecord)>,
}

impl Table {
    /// Reads a CSV file, or standard input for `-`.
    pub(super) fn read(file: &str) -> Result<Self> {
        let text = read_table(file)?;
        let text = text.trim_start_matches('\u{FEFF}');
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let rows = reader.records().map(|record| {
            let record = record.with_context(|| format!("reading {file}"))?;
            let line = record.position().map_or(0, csv::Position::line);
            Ok((line, record))
        });
        Ok(Self {
            rows: rows.collect::<Result<_>>()?,
        })
    }

    /// The only column of a file without a header, or a named column of one with a header.
    pub(super) fn column(&self, name: Option<&str>) -> Result<Vec<Exact>> {
        let Some(name) = name else {
            let only = |(line, cells): &(u64, StringRecord)| match cells.len() {
                1 => number(*line, &cells[0]),
                many => bail!("line {line}: {many} columns, name one with --column"),
            };
            return self.rows.iter().map(only).collect();
        };
        let cells = self.cells(name)?;
        cells.map(|(line, cell)| number(line, cell)).collect()
    }

    /// As [`Table::column`], for statistics that work in f64.
    pub(super) fn floats(&self, name: Option<&str>) -> Result<Vec<f64>> {
        Ok(self.column(name)?.iter().map(Exact::to_f64).collect())
    }

    /// Named columns as groups, without names all of them; a column may end earlier than another.
    pub(super) fn groups(&self, names: &[String]) -> Result<Vec<Vec<f64>>> {
        let all: Vec<String> = self.header()?.iter().map(str::to_owned).collect();
        let names = if names.is_empty() { &all } else { names };
        let group = |name: &String| {
            let mut cells: Vec<(u64, &str)> = self.cells(name)?.collect();
            while cells.last().is_some_and(|(_, cell)| cell.is_empty()) {
                cells.pop();
            }
            let values = cells.iter().map(|(line, cell)| Ok(number(*line, cell)?.to_f64()));
            values.collect()
        };
        names.iter().map(group).collect()
    }

    fn header(&self) -> Result<&StringRecord> {
        let (_, header) = self.rows.first().ok_or_else(|| anyhow!("no header line"))?;
        Ok(header)
    }

    fn cells<'a>(&'a self, name: &str) -> Result<impl Iterator<Item = (u64, &'a str)> + use<'a>> {
        let header = self.header()?;
        let mut found = (0..header.len()).filter(|i| &header[*i] == name);
        let names = || header.iter().collect::<Vec<_>>().join(", ");
        let index = found
            .next()
            .ok_or_else(|| anyhow!("no column {name:?}, the header has {}", names()))?;
        if found.next().is_some() {
            bail!("two columns are called {name:?}");
        }
        let rows = self.rows[1..].iter();
        Ok(rows.map(move |(line, cells)| (*line, cells.get(index).unwrap_or(""))))
    }
}

fn number(line: u64, cell: &str) -> Result<Exact> {
    if cell.is_empty() {
        bail!("line {line}: the cell is empty");
    }
    let shown: String = cell.chars().take(40).collect();
    notation::typed_number(cell).with_context(|| format!("line {line}: {shown:?}"))
}
