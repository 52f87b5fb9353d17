//! Where a key stands in a TOML text.

/// Line (from 1) of a byte offset.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

/// The key on the line of an offset, for messages.
pub(super) fn key_at(text: &str, offset: usize) -> String {
    let line = text.lines().nth(line_at(text, offset) - 1).unwrap_or_default();
    match line.split_once('=') {
        Some((key, _)) => key.trim().to_owned(),
        None if line.trim().is_empty() => "(the file)".to_owned(),
        None => line.trim().to_owned(),
    }
}

/// Line of `key` in the `index`-th table `[table]` or `[[table]]` (the root if empty); of the table's
/// header if the key is absent, 1 if there is neither.
pub(super) fn line_of(text: &str, table: &str, index: usize, key: &str) -> usize {
    let mut seen = 0;
    let mut inside = table.is_empty();
    let mut header = 1;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            let name = line.trim_matches(['[', ']', ' ']);
            inside = name == table && {
                seen += 1;
                seen == index + 1
            };
            if inside {
                header = number + 1;
            }
        } else if inside && line.split('=').next().is_some_and(|found| found.trim() == key) {
            return number + 1;
        }
    }
    header
}
