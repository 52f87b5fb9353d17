//! Readings from a CSV, each refusal with its file, line, column and cure.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow, bail};
use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::Timestamp;

use crate::commands::read_table;
use crate::eval;

/// One reading with the digits it was written with.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    pub(super) value: f64,
    /// Digits behind the point; very many when the cell has a power of ten.
    pub(super) decimals: u32,
}

pub(super) struct Row {
    pub(super) line: u64,
    /// Unix seconds.
    pub(super) time: i64,
    /// Master first; `None` where the cell is empty.
    pub(super) cells: Vec<Option<Cell>>,
}

pub(super) struct Readings {
    /// As messages name it.
    pub(super) file: String,
    /// Master first.
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// Unix seconds beyond the year 5000 are milliseconds.
const LATEST: u64 = 95_617_584_000;

impl Readings {
    pub(super) fn read(file: &str) -> Result<Self> {
        let text = read_table(file)?;
        let file = if file == "-" { "standard input" } else { file }.to_owned();
        let text = text.trim_start_matches('\u{FEFF}');
        let mut lines = Lines::new(text);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let Some(header) = records.next() else {
            bail!("{file} is empty: give a header (time, master, sub-meters) and lines of readings")
        };
        let header = header.with_context(|| file.clone())?;
        let names = names(&header).with_context(|| format!("{file}: line {}", lines.of(&header)))?;
        let mut rows: Vec<Row> = Vec::new();
        for record in records {
            let record = record.with_context(|| file.clone())?;
            let line = lines.of(&record);
            let row = row(&header, &record, line).with_context(|| format!("{file}: line {line}"))?;
            if let Some(before) = rows.last().filter(|before| row.time <= before.time) {
                bail!(
                    "{file}: line {line}: column 1 ({}): the time {} does not come after that of line {}: \
                     sort the lines by time and drop repeated ones",
                    &header[0],
                    &record[0],
                    before.line
                );
            }
            rows.push(row);
        }
        if rows.len() < 2 {
            bail!(
                "{file}: {} line of readings below the header, at least two are needed: read for longer",
                if rows.is_empty() { "no" } else { "one" }
            );
        }
        Ok(Self { file, names, rows })
    }

    /// Readings of a column that are there, master 0.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = Cell> {
        self.rows.iter().filter_map(move |row| row.cells[column])
    }

    /// Registers only ever grow, but for a reset; energies fall about as often as they rise.
    pub(super) fn master_falls(&self) -> bool {
        let values: Vec<f64> = self.column(0).map(|c| c.value).collect();
        let falls = values.windows(2).filter(|w| w[1] < w[0]).count();
        falls * 20 > values.len()
    }

    /// The step between two lines that occurs most often; of two as common, the shorter.
    pub(super) fn commonest_step(&self) -> Result<u32> {
        let mut counts: HashMap<i64, usize> = HashMap::new();
        for pair in self.rows.windows(2) {
            *counts.entry(pair[1].time - pair[0].time).or_default() += 1;
        }
        let commonest = counts
            .into_iter()
            .max_by_key(|(step, count)| (*count, std::cmp::Reverse(*step)));
        let step = commonest.map_or(0, |(step, _)| step);
        u32::try_from(step).map_err(|_| {
            anyhow!(
                "{}: column 1: the lines are {step} s apart: check the times, or give --interval",
                self.file
            )
        })
    }
}

/// The line on which a record begins; the reader's own count stops before blank lines it skips.
struct Lines<'a> {
    bytes: &'a [u8],
    passed: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            passed: 0,
            line: 1,
        }
    }

    /// Records must be asked for in order.
    fn of(&mut self, record: &StringRecord) -> u64 {
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.passed) {
            if self.passed >= start && !matches!(byte, b'\n' | b'\r') {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.passed += 1;
        }
        self.line
    }
}

/// Names of the master and the sub-meters.
fn names(header: &StringRecord) -> Result<Vec<String>> {
    if header.len() < 3 {
        bail!(
            "{} column in the header, at least three are needed, separated by commas: time, master, sub-meters",
            header.len()
        );
    }
    if header
        .iter()
        .all(|cell| time(cell).is_ok() || number(cell).is_ok())
    {
        bail!("readings instead of names: begin the file with a header: time, master, sub-meters");
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (i, name) in header.iter().enumerate() {
        let column = i + 1;
        if name.is_empty() {
            bail!("column {column}: the header is empty, name the column");
        }
        if let Some(first) = seen.insert(name, column) {
            bail!(
                "column {column}: {} is the name of column {first} already, give every column its own",
                quoted(name)
            );
        }
    }
    Ok(header.iter().skip(1).map(str::to_owned).collect())
}

fn row(header: &StringRecord, record: &StringRecord, line: u64) -> Result<Row> {
    if record.len() != header.len() {
        bail!(
            "column {}: the line has {} cells and the header {}: give every line one cell per column, \
             empty where a reading is missing",
            record.len().min(header.len()) + 1,
            record.len(),
            header.len()
        );
    }
    let place = |i: usize| format!("column {} ({})", i + 1, &header[i]);
    let time = time(&record[0]).with_context(|| place(0))?;
    let cell = |(i, text): (usize, &str)| -> Result<Option<Cell>> {
        if text.is_empty() {
            return Ok(None);
        }
        number(text).map(Some).with_context(|| place(i))
    };
    Ok(Row {
        line,
        time,
        cells: record
            .iter()
            .enumerate()
            .skip(1)
            .map(cell)
            .collect::<Result<_>>()?,
    })
}

/// RFC 3339, or whole Unix seconds.
fn time(text: &str) -> Result<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        if seconds.unsigned_abs() > LATEST {
            bail!("the time {text} lies thousands of years away: give Unix seconds, not milliseconds");
        }
        return Ok(seconds);
    }
    let time: Timestamp = text.parse().map_err(|_| {
        anyhow!(
            "{} is no time: write RFC 3339 with its offset, such as 2026-01-01T00:15:00+08:00, or whole Unix seconds",
            quoted(text)
        )
    })?;
    Ok(time.as_second())
}

fn number(text: &str) -> Result<Cell> {
    // Exact arithmetic only where the quick way fails: it knows the place of the wrong digit.
    let quick = text.parse::<f64>().ok().filter(|v| v.is_finite());
    let value = match quick {
        Some(value) => value,
        None => eval::number(text)
            .map(|exact| exact.to_f64())
            .map_err(|error| {
                anyhow!(
                    "{} is no number ({error}): write it in kWh with ASCII digits, or leave the cell empty where a reading is missing",
                    quoted(text)
                )
            })?,
    };
    if !value.is_finite() {
        bail!(
            "{} is too large for an energy: check unit and multiplier",
            quoted(text)
        );
    }
    let decimals = if text.contains(['e', 'E']) {
        u32::MAX
    } else {
        let behind = text.split_once('.').map_or(0, |(_, digits)| digits.len());
        u32::try_from(behind).unwrap_or(u32::MAX)
    };
    Ok(Cell { value, decimals })
}

/// A cell as messages show it, not all of a long one.
fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    format!("{shown:?}")
}
