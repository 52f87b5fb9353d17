//! Packets of MQTT 3.1.1 out of a byte stream. A message that is too large is not kept: its topic and size are, its
//! bytes go by, and what follows is read as if nothing had been.
//!
//! The library's own connection ends at a packet above its limit, and a kept session then brings the same message
//! again for ever. A higher limit would hold up to 256 MiB for each message in flight.

use bytes::{Buf, BytesMut};
use rumqttc::{Codec, Packet, QoS};
use tokio::time::Instant;
use tokio_util::codec::{Decoder, Encoder};

/// A larger message is stepped over. Messages of instruments are far below.
pub const MOST_MESSAGE_BYTES: usize = 256 << 10;
/// Topic, packet id and fixed header of the largest message that is kept.
const MOST_HEAD_BYTES: usize = u16::MAX as usize + 2 + 2 + 5;

/// A message that was stepped over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLarge {
    pub topic: String,
    pub bytes: usize,
    /// 0 if it needs no acknowledgement.
    pub packet: u16,
}

/// What the broker sent.
#[derive(Debug, PartialEq)]
pub enum Incoming {
    Packet(Packet),
    TooLarge(TooLarge),
}

/// The codec of one connection.
pub struct Packets {
    library: Codec,
    /// The message that is going by, and what is left of it.
    passing: Option<(TooLarge, usize)>,
    /// When the broker was last heard: a large message takes its time, and no answer to a ping comes meanwhile.
    pub heard: Instant,
}

impl Packets {
    pub fn new() -> Self {
        let most = MOST_MESSAGE_BYTES + MOST_HEAD_BYTES;
        Self {
            library: Codec {
                max_incoming_size: most,
                max_outgoing_size: most,
            },
            passing: None,
            heard: Instant::now(),
        }
    }
}

impl Default for Packets {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder for Packets {
    type Item = Incoming;
    type Error = rumqttc::Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Incoming>, rumqttc::Error> {
        self.heard = Instant::now();
        if self.passing.is_none() {
            match head(source)? {
                Head::Small => return Ok(self.library.decode(source)?.map(Incoming::Packet)),
                Head::Incomplete => return Ok(None),
                Head::TooLarge { message, length } => {
                    source.advance(length);
                    let rest = message.bytes;
                    self.passing = Some((message, rest));
                }
            }
        }
        // Acknowledged only when all of it has gone by.
        let Some((message, rest)) = self.passing.take() else {
            return Ok(None);
        };
        let gone = rest.min(source.len());
        source.advance(gone);
        if gone < rest {
            self.passing = Some((message, rest - gone));
            return Ok(None);
        }
        Ok(Some(Incoming::TooLarge(message)))
    }
}

impl Encoder<Packet> for Packets {
    type Error = rumqttc::Error;

    fn encode(&mut self, packet: Packet, out: &mut BytesMut) -> Result<(), rumqttc::Error> {
        self.library.encode(packet, out)
    }
}

enum Head {
    /// For the library, which asks for more bytes itself.
    Small,
    Incomplete,
    /// A message of which `length` bytes come before its own.
    TooLarge {
        message: TooLarge,
        length: usize,
    },
}

/// Looks at the beginning of a packet (MQTT 3.1.1, sections 2.2 and 3.3).
fn head(source: &[u8]) -> Result<Head, rumqttc::Error> {
    const PUBLISH: u8 = 3;
    let Some(first) = source.first().filter(|first| *first >> 4 == PUBLISH) else {
        return Ok(Head::Small);
    };
    let (mut remaining, mut at) = (0_usize, 1);
    loop {
        let Some(byte) = source.get(at) else {
            return Ok(Head::Small);
        };
        if at > 4 {
            return Err(rumqttc::Error::MalformedRemainingLength);
        }
        remaining |= usize::from(byte & 0x7f) << (7 * (at - 1));
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    if remaining <= MOST_MESSAGE_BYTES {
        return Ok(Head::Small);
    }
    let number = |at: usize| Some(u16::from_be_bytes([*source.get(at)?, *source.get(at + 1)?]));
    let Some(topic_length) = number(at) else {
        return Ok(Head::Incomplete);
    };
    let topic_end = at + 2 + usize::from(topic_length);
    let (length, packet) = if first >> 1 & 0b11 == QoS::AtMostOnce as u8 {
        (topic_end, Some(0))
    } else {
        (topic_end + 2, number(topic_end))
    };
    let (Some(topic), Some(packet)) = (source.get(at + 2..topic_end), packet) else {
        return Ok(Head::Incomplete);
    };
    let bytes = (at + remaining)
        .checked_sub(length)
        .ok_or(rumqttc::Error::MalformedPacket)?;
    if bytes <= MOST_MESSAGE_BYTES {
        return Ok(Head::Small);
    }
    let topic = String::from_utf8_lossy(topic).into_owned();
    let message = TooLarge { topic, bytes, packet };
    Ok(Head::TooLarge { message, length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rumqttc::{PubAck, Publish};

    fn bytes_of(packets: &[Packet]) -> Vec<u8> {
        let mut out = BytesMut::new();
        for packet in packets {
            packet.write(&mut out, usize::MAX).unwrap();
        }
        out.to_vec()
    }

    fn message(topic: &str, qos: QoS, packet: u16, length: usize) -> Packet {
        let mut publish = Publish::new(topic, qos, vec![7; length]);
        publish.pkid = packet;
        Packet::Publish(publish)
    }

    /// What comes out when the bytes arrive in pieces.
    fn decoded(bytes: &[u8], piece: usize) -> Vec<Incoming> {
        let (mut codec, mut source, mut all) = (Packets::new(), BytesMut::new(), Vec::new());
        for part in bytes.chunks(piece) {
            source.extend_from_slice(part);
            while let Some(one) = codec.decode(&mut source).unwrap() {
                all.push(one);
            }
            assert!(
                source.len() <= MOST_MESSAGE_BYTES + MOST_HEAD_BYTES,
                "what is kept is bounded"
            );
        }
        assert!(source.is_empty());
        all
    }

    #[test]
    fn a_large_message_goes_by_and_its_neighbours_are_read() {
        let before = message("a", QoS::AtLeastOnce, 1, 100);
        let large = message("site/large", QoS::AtLeastOnce, 2, 17 << 20);
        let after = message("b", QoS::AtMostOnce, 0, MOST_MESSAGE_BYTES);
        let bytes = bytes_of(&[before.clone(), large, after.clone()]);
        for piece in [1_000_003, 8_192, 1 << 30] {
            let all = decoded(&bytes, piece);
            let gone = TooLarge {
                topic: "site/large".to_owned(),
                bytes: 17 << 20,
                packet: 2,
            };
            assert_eq!(
                all,
                [
                    Incoming::Packet(before.clone()),
                    Incoming::TooLarge(gone),
                    Incoming::Packet(after.clone())
                ]
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn the_bound_is_the_length_of_the_message_whatever_its_topic(
            topic in "[a-z/]{1,300}", over in 0usize..3, qos in 0u8..2, piece in 1usize..40_000
        ) {
            let length = MOST_MESSAGE_BYTES - 1 + over;
            let (qos, packet) = if qos == 0 { (QoS::AtMostOnce, 0) } else { (QoS::AtLeastOnce, 9) };
            let sent = message(&topic, qos, packet, length);
            let follows = Packet::PubAck(PubAck::new(3));
            let all = decoded(&bytes_of(&[sent.clone(), follows.clone()]), piece);
            let first = if length <= MOST_MESSAGE_BYTES {
                Incoming::Packet(sent)
            } else {
                Incoming::TooLarge(TooLarge { topic, bytes: length, packet })
            };
            prop_assert_eq!(all, vec![first, Incoming::Packet(follows)]);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut source = BytesMut::from(bytes.as_slice());
            let mut codec = Packets::new();
            while let Ok(Some(_)) = codec.decode(&mut source) {}
        }
    }
}
