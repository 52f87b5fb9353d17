//! The JSON text of an MQTT instrument, built from the pointers of its profile.

use std::collections::BTreeMap;

use devices::profile::{Source, TimeForm};
use jiff::Timestamp;

use super::{SimDevice, Site, SiteError};

/// An object under construction; leaves are JSON text, so that decimals keep their digits.
enum Node {
    Leaf(String),
    Object(BTreeMap<String, Node>),
}

impl Node {
    fn put(&mut self, pointer: &str, text: String) {
        let mut here = self;
        for step in pointer.split('/').skip(1) {
            if let Node::Leaf(_) = here {
                *here = Node::Object(BTreeMap::new());
            }
            let Node::Object(fields) = here else { return };
            let name = step.replace("~1", "/").replace("~0", "~");
            here = fields
                .entry(name)
                .or_insert_with(|| Node::Object(BTreeMap::new()));
        }
        *here = Node::Leaf(text);
    }

    fn write(&self, out: &mut String) {
        match self {
            Node::Leaf(text) => out.push_str(text),
            Node::Object(fields) => {
                out.push('{');
                for (i, (name, node)) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    out.push_str(&serde_json::Value::from(name.as_str()).to_string());
                    out.push(':');
                    node.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl Site {
    /// The message with what is indicated at `time`, claiming to be of `claimed`.
    pub(crate) fn message_at(
        &self,
        device: &SimDevice,
        time: Timestamp,
        claimed: Timestamp,
    ) -> Result<Vec<u8>, SiteError> {
        let mut root = Node::Object(BTreeMap::new());
        for point in &device.profile.points {
            let Source::Json(pointer) = &point.source else {
                continue;
            };
            let raw = point
                .raw_of(self.indication(device, point, time))
                .map_err(|source| SiteError::Encode {
                    device: device.id.clone(),
                    point: point.name.clone(),
                    source,
                })?;
            root.put(pointer, raw.to_string());
        }
        if let Some(time) = &device.profile.time {
            let text = match time.form {
                TimeForm::Rfc3339 => format!("\"{claimed}\""),
                TimeForm::EpochMilliseconds => claimed.as_millisecond().to_string(),
                TimeForm::EpochSeconds => claimed.as_second().to_string(),
            };
            root.put(&time.pointer, text);
        }
        let mut text = String::new();
        root.write(&mut text);
        Ok(text.into_bytes())
    }
}
