//! Own table of look-alike characters (never Unicode NFKC, which turns m² into m2, and never a
//! change of case: m/M, s/S, mPa/MPa differ).

mod stacked;

/// A character of the cleaned text with the 1-based column it had in the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph {
    pub(crate) c: char,
    pub(crate) column: usize,
}

/// Cleans a text; `warnings` gains a line per doubtful character.
pub(crate) fn clean(text: &str, warnings: &mut Vec<String>) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    for (index, original) in text.chars().enumerate() {
        let column = index + 1;
        if let Some(square) = square(original) {
            glyphs.extend(square.chars().map(|c| Glyph { c, column }));
            continue;
        }
        match original {
            '–' => warnings.push(format!("column {column}: en dash read as a minus sign")),
            '—' => warnings.push(format!("column {column}: em dash read as a minus sign")),
            'º' | '˚' => warnings.push(format!("column {column}: {original} read as a degree sign °")),
            _ => {}
        }
        glyphs.push(Glyph {
            c: plain(original),
            column,
        });
    }
    let blank = |g: &Glyph| g.c == ' ';
    while glyphs.last().is_some_and(blank) {
        glyphs.pop();
    }
    let start = glyphs.iter().position(|g| !blank(g)).unwrap_or(0);
    stacked::stack(&glyphs[start..])
}

fn plain(c: char) -> char {
    match c {
        '\u{FF5E}' | '〜' | '∼' | '˜' => '~',
        '\u{FF01}'..='\u{FF5D}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{00A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\t' => ' ',
        '−' | '﹣' | '–' | '—' | '‐' | '‑' => '-',
        '﹢' => '+',
        '✕' | '⨯' | '✖' => '×',
        '•' | '・' | '⋅' | '∙' | '‧' | '･' => '·',
        'µ' => 'μ',
        '\u{2126}' => 'Ω',
        '\u{212A}' => 'K',
        'º' | '˚' => '°',
        'ℓ' => 'L',
        '≧' | '⩾' => '≥',
        '≦' | '⩽' => '≤',
        '﹪' => '%',
        'ϕ' | 'Φ' => 'φ',
        '∶' | '︰' => ':',
        '、' => ',',
        '∣' => '|',
        '’' | '‵' => '′',
        '”' | '″' => '″',
        other => other,
    }
}

/// Squared unit characters (CJK compatibility).
fn square(c: char) -> Option<&'static str> {
    Some(match c {
        '㎜' => "mm",
        '㎝' => "cm",
        '㎞' => "km",
        '㎛' => "μm",
        '㎚' => "nm",
        '㎡' => "m²",
        '㎠' => "cm²",
        '㎟' => "mm²",
        '㎢' => "km²",
        '㎥' => "m³",
        '㎤' => "cm³",
        '㎣' => "mm³",
        '㏄' => "cm³",
        '㎏' => "kg",
        '㎎' => "mg",
        '㎍' => "μg",
        '㎖' => "mL",
        '㎕' => "μL",
        '㎗' => "dL",
        '㎘' => "kL",
        '㎐' => "Hz",
        '㎑' => "kHz",
        '㎒' => "MHz",
        '㎓' => "GHz",
        '㎩' => "Pa",
        '㎪' => "kPa",
        '㎫' => "MPa",
        '㎬' => "GPa",
        '㎃' => "mA",
        '㎂' => "μA",
        '㎄' => "kA",
        '㎸' => "kV",
        '㎷' => "mV",
        '㎶' => "μV",
        '㎾' => "kW",
        '㎽' => "mW",
        '㎿' => "MW",
        '㏀' => "kΩ",
        '㏁' => "MΩ",
        '㎲' => "μs",
        '㎳' => "ms",
        '㎱' => "ns",
        '㎧' => "m/s",
        '㎨' => "m/s²",
        '㎈' => "cal",
        '㎉' => "kcal",
        '㏈' => "dB",
        '㏖' => "mol",
        '㎌' => "μF",
        '㎋' => "nF",
        '㎊' => "pF",
        '℉' => "°F",
        _ => return None,
    })
}

/// The digit or sign that a superscript stands for.
pub(crate) fn superscript(c: char) -> Option<char> {
    Some(match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => char::from_u32(c as u32 - 0x2070 + 0x30)?,
        '⁻' => '-',
        '⁺' => '+',
        _ => return None,
    })
}

/// A power written in superscripts, `3` → `³`.
pub fn to_superscript(power: i32) -> String {
    power
        .to_string()
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '0' => '⁰',
            d => char::from_u32(0x2070 + (d as u32 - 0x30)).unwrap_or(d),
        })
        .collect()
}
