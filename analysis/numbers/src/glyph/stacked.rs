//! Deviations set one above the other, brought into one writing: `80⁺²₋₁`, `80₋₁⁺²`, `80_{-1}^{+2}` and `80^+2_-1` all
//! become `80^{+2}_{-1}`.

use super::{Glyph, superscript};

/// One of the two: its signs and digits, and how many glyphs it took.
struct Part {
    text: Vec<Glyph>,
    length: usize,
}

/// Rewrites every pair of stacked deviations; what is no pair stays as it is.
pub(super) fn stack(glyphs: &[Glyph]) -> Vec<Glyph> {
    let mut out = Vec::with_capacity(glyphs.len());
    let mut at = 0;
    while let Some(glyph) = glyphs.get(at) {
        let Some((upper, lower, length)) = pair(&glyphs[at..]) else {
            out.push(*glyph);
            at += 1;
            continue;
        };
        let mark = |text: &'static str| text.chars().map(|c| Glyph { c, ..*glyph });
        out.extend(mark("^{"));
        out.extend(upper);
        out.extend(mark("}_{"));
        out.extend(lower);
        out.extend(mark("}"));
        at += length;
    }
    out
}

/// The upper and the lower deviation at the start, and how many glyphs they take together.
fn pair(glyphs: &[Glyph]) -> Option<(Vec<Glyph>, Vec<Glyph>, usize)> {
    type Reader = fn(&[Glyph]) -> Option<Part>;
    let readers: [(Reader, Reader, bool); 4] = [
        (small_above, small_below, true),
        (small_below, small_above, false),
        (braced::<'_'>, braced::<'^'>, false),
        (bare::<'^'>, bare::<'_'>, true),
    ];
    readers.into_iter().find_map(|(first, second, upper_first)| {
        let a = first(glyphs)?;
        let blanks = glyphs[a.length..].iter().take_while(|g| g.c == ' ').count();
        let b = second(&glyphs[a.length + blanks..])?;
        let length = a.length + blanks + b.length;
        let (upper, lower) = if upper_first { (a, b) } else { (b, a) };
        Some((upper.text, lower.text, length))
    })
}

fn small_above(glyphs: &[Glyph]) -> Option<Part> {
    small(glyphs, superscript)
}

fn small_below(glyphs: &[Glyph]) -> Option<Part> {
    small(glyphs, subscript)
}

/// A sign and raised or lowered digits; a point between two of them stands at full size, there is no small one.
fn small(glyphs: &[Glyph], plain: fn(char) -> Option<char>) -> Option<Part> {
    let mut text = Vec::new();
    let mut length = 0;
    while let Some(glyph) = glyphs.get(length) {
        let digit_behind = || {
            glyphs
                .get(length + 1)
                .and_then(|g| plain(g.c))
                .is_some_and(|c| c.is_ascii_digit())
        };
        let c = match plain(glyph.c) {
            Some(sign @ ('+' | '-')) if length == 0 => sign,
            Some(digit) if digit.is_ascii_digit() => digit,
            None if matches!(glyph.c, '.' | '·' | '˙') && length > 0 && digit_behind() => '.',
            _ => break,
        };
        text.push(Glyph { c, ..*glyph });
        length += 1;
    }
    is_deviation(&text).then_some(Part { text, length })
}

/// `_{-1}` or `^{+2}`.
fn braced<const OPEN: char>(glyphs: &[Glyph]) -> Option<Part> {
    if glyphs.first()?.c != OPEN || glyphs.get(1)?.c != '{' {
        return None;
    }
    let inside = glyphs[2..].iter().position(|g| g.c == '}')?;
    let text = glyphs[2..2 + inside].to_vec();
    is_deviation(&text).then_some(Part {
        text,
        length: inside + 3,
    })
}

/// `^+2` or `_-1` without braces.
fn bare<const OPEN: char>(glyphs: &[Glyph]) -> Option<Part> {
    if glyphs.first()?.c != OPEN {
        return None;
    }
    let body = glyphs[1..].iter().enumerate();
    let fits = |(i, g): &(usize, &Glyph)| match g.c {
        '+' | '-' => *i == 0,
        c => c.is_ascii_digit() || c == '.',
    };
    let text: Vec<Glyph> = body.take_while(fits).map(|(_, g)| *g).collect();
    let length = text.len() + 1;
    is_deviation(&text).then_some(Part { text, length })
}

/// Whether it is a number with its sign, or zero, which needs none: an unsigned number is a power or an index.
fn is_deviation(text: &[Glyph]) -> bool {
    let number = |part: &[Glyph]| part.first().is_some_and(|g| g.c.is_ascii_digit());
    match text.split_first() {
        Some((first, rest)) if matches!(first.c, '+' | '-') => number(rest),
        Some(_) => number(text) && text.iter().all(|g| matches!(g.c, '0' | '.' | '%')),
        None => false,
    }
}

fn subscript(c: char) -> Option<char> {
    Some(match c {
        '₀'..='₉' => char::from_u32(c as u32 - 0x2080 + 0x30)?,
        '₊' => '+',
        '₋' => '-',
        _ => return None,
    })
}
