//! Modbus RTU frames, without input or output.

use uplink::RegisterTable;

use crate::plan::Span;

/// CRC-16/MODBUS.
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xa001
            } else {
                crc >> 1
            }
        })
    })
}

/// The function that reads this table.
pub const fn function(table: RegisterTable) -> u8 {
    match table {
        RegisterTable::Coil => 1,
        RegisterTable::Discrete => 2,
        RegisterTable::Holding => 3,
        RegisterTable::Input => 4,
    }
}

const fn is_bits(table: RegisterTable) -> bool {
    matches!(table, RegisterTable::Coil | RegisterTable::Discrete)
}

/// Bytes of data in the answer.
pub fn data_bytes(table: RegisterTable, words: u16) -> u16 {
    if is_bits(table) {
        words.div_ceil(8)
    } else {
        words * 2
    }
}

/// Bytes of the whole answer: unit, function, count, data, CRC.
pub fn answer_bytes(span: Span) -> u16 {
    5 + data_bytes(span.table, span.words)
}

/// The request that reads `span` from `unit`.
pub fn request(unit: u8, span: Span) -> [u8; 8] {
    let mut frame = [0; 8];
    frame[0] = unit;
    frame[1] = function(span.table);
    frame[2..4].copy_from_slice(&span.address.to_be_bytes());
    frame[4..6].copy_from_slice(&span.words.to_be_bytes());
    let crc = crc(&frame[..6]);
    frame[6..].copy_from_slice(&crc.to_le_bytes());
    frame
}

/// What the bytes received so far are.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The beginning of an answer to this request, as far as one can tell.
    Incomplete,
    Words(Vec<u16>),
    Exception(u8),
    /// No answer to this request, whatever follows.
    Malformed(String),
}

/// Judges the bytes received after the request for `span` was sent to `unit`. Unit, function,
/// length and CRC must fit, and nothing may follow.
pub fn answer(received: &[u8], unit: u8, span: Span) -> Answer {
    let wanted = function(span.table);
    let Some(from) = received.first() else {
        return Answer::Incomplete;
    };
    if *from != unit {
        return Answer::Malformed(format!("it comes from unit {from}"));
    }
    let Some(function) = received.get(1) else {
        return Answer::Incomplete;
    };
    let exception = *function == wanted | 0x80;
    if *function != wanted && !exception {
        return Answer::Malformed(format!("function {function} instead of {wanted}"));
    }
    let Some(third) = received.get(2) else {
        return Answer::Incomplete;
    };
    let data = data_bytes(span.table, span.words);
    if !exception && u16::from(*third) != data {
        return Answer::Malformed(format!("{third} bytes of data instead of {data}"));
    }
    let length = if exception { 5 } else { usize::from(data) + 5 };
    if received.len() < length {
        return Answer::Incomplete;
    }
    if received.len() > length {
        return Answer::Malformed(format!("{} bytes too many", received.len() - length));
    }
    let (body, sum) = received.split_at(length - 2);
    if crc(body).to_le_bytes() != sum {
        return Answer::Malformed("the check sum is wrong".to_owned());
    }
    if exception {
        Answer::Exception(*third)
    } else {
        Answer::Words(words(&body[3..], span))
    }
}

fn words(data: &[u8], span: Span) -> Vec<u16> {
    if is_bits(span.table) {
        (0..usize::from(span.words))
            .map(|bit| u16::from(data[bit / 8] >> (bit % 8) & 1))
            .collect()
    } else {
        data.chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPAN: Span = Span {
        table: RegisterTable::Holding,
        address: 0x6b,
        words: 3,
    };

    fn sealed(body: &[u8]) -> Vec<u8> {
        [body, crc(body).to_le_bytes().as_slice()].concat()
    }

    #[test]
    fn frames_are_those_of_the_specification() {
        // Modbus application protocol 1.1b3, section 6.3: registers 108 to 110.
        assert_eq!(
            request(0x11, SPAN),
            [0x11, 0x03, 0x00, 0x6b, 0x00, 0x03, 0x76, 0x87]
        );
        let frame = sealed(&[0x11, 0x03, 0x06, 0x02, 0x2b, 0x00, 0x00, 0x00, 0x64]);
        assert_eq!(answer(&frame, 0x11, SPAN), Answer::Words(vec![555, 0, 100]));
        for end in 0..frame.len() {
            assert_eq!(answer(&frame[..end], 0x11, SPAN), Answer::Incomplete);
        }
        let coils = Span {
            table: RegisterTable::Coil,
            address: 0,
            words: 10,
        };
        assert_eq!(
            answer(&sealed(&[1, 1, 2, 0b0000_0101, 0b10]), 1, coils),
            Answer::Words(vec![1, 0, 1, 0, 0, 0, 0, 0, 0, 1])
        );
        assert_eq!(
            answer(&sealed(&[0x11, 0x83, 2]), 0x11, SPAN),
            Answer::Exception(2)
        );
    }

    #[test]
    fn nothing_but_the_answer_is_taken() {
        let good = sealed(&[0x11, 0x03, 0x06, 0x02, 0x2b, 0x00, 0x00, 0x00, 0x64]);
        let malformed = |bytes: &[u8]| matches!(answer(bytes, 0x11, SPAN), Answer::Malformed(_));
        assert!(
            malformed(&sealed(&[0x12, 0x03, 0x06, 0, 0, 0, 0, 0, 0])),
            "another unit"
        );
        assert!(
            malformed(&sealed(&[0x11, 0x04, 0x06, 0, 0, 0, 0, 0, 0])),
            "another function"
        );
        assert!(
            malformed(&sealed(&[0x11, 0x03, 0x04, 0, 0, 0, 0])),
            "another length"
        );
        assert!(
            malformed(&[good.as_slice(), &[0]].concat()),
            "something behind it"
        );
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !matches!(answer(&bytes, 0x11, SPAN), Answer::Words(_)),
                "bit {bit}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), unit: u8) {
            let _ = answer(&bytes, unit, SPAN);
        }
    }
}
