//! Modbus RTU over a serial line. The only file that knows the serial library; frames, the state
//! machine of the line and its settings stand in the folder beside it.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_serial::{SerialPortBuilderExt, SerialStream};
use uplink::SerialSettings;

use super::{ReadFault, Wire};
use crate::backoff::{Backoff, random_seed};
use crate::health::Health;
use crate::plan::Span;

pub mod frame;
mod heard;
pub mod line;
mod owed;
pub mod settings;

use line::{Line, Timing, Unanswered};
use settings::Parity;

/// Opens the line anew after it was lost (an adapter unplugged, a converter restarted).
pub trait Open: Send {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send;

    fn open(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// A serial port of this machine.
pub struct Port {
    path: String,
    settings: SerialSettings,
}

impl Port {
    pub fn new(path: String, settings: SerialSettings) -> Self {
        Self { path, settings }
    }
}

impl Open for Port {
    type Stream = SerialStream;

    async fn open(&mut self) -> io::Result<SerialStream> {
        let (parity, stop_bits) = match Parity::of_format(&self.settings.format) {
            Some(Parity::None { stop_bits: 2 }) => (tokio_serial::Parity::None, tokio_serial::StopBits::Two),
            Some(Parity::None { .. }) | None => (tokio_serial::Parity::None, tokio_serial::StopBits::One),
            Some(Parity::Even) => (tokio_serial::Parity::Even, tokio_serial::StopBits::One),
            Some(Parity::Odd) => (tokio_serial::Parity::Odd, tokio_serial::StopBits::One),
        };
        tokio_serial::new(&self.path, self.settings.baud)
            .data_bits(tokio_serial::DataBits::Eight)
            .parity(parity)
            .stop_bits(stop_bits)
            .flow_control(tokio_serial::FlowControl::None)
            .open_native_async()
            .map_err(|error| io::Error::other(format!("{error}")))
    }
}

/// A line with its reopening.
pub struct SerialWire<O: Open> {
    name: String,
    opener: O,
    timing: Timing,
    line: Option<Line<O::Stream>>,
    /// Survives a reopened port: the instruments did not restart with it.
    unanswered: Unanswered,
    closed_until: Option<(Instant, String)>,
    backoff: Backoff,
    health: Arc<Health>,
}

impl<O: Open> SerialWire<O> {
    pub fn new(name: String, opener: O, timing: Timing, health: Arc<Health>) -> Self {
        let backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(15), random_seed());
        Self {
            name,
            opener,
            timing,
            line: None,
            unanswered: Unanswered::default(),
            closed_until: None,
            backoff,
            health,
        }
    }

    async fn ensure_open(&mut self) -> Result<(), ReadFault> {
        if self.line.is_none() {
            if let Some((until, reason)) = &self.closed_until
                && Instant::now() < *until
            {
                return Err(ReadFault::NoConnection(reason.clone()));
            }
            match self.opener.open().await {
                Ok(stream) => {
                    self.health.counters.connections_opened.one();
                    self.closed_until = None;
                    self.line = Some(Line::new(stream, self.timing, Arc::clone(&self.health)));
                }
                Err(error) => {
                    self.health.counters.connections_failed.one();
                    let reason = format!("cannot open {}: {error}", self.name);
                    self.closed_until = Some((Instant::now() + self.backoff.next_wait(), reason.clone()));
                    return Err(ReadFault::NoConnection(reason));
                }
            }
        }
        Ok(())
    }
}

impl<O: Open> Wire for SerialWire<O> {
    async fn read(&mut self, unit: u8, span: Span) -> Result<Vec<u16>, ReadFault> {
        self.ensure_open().await?;
        let Some(line) = self.line.as_mut() else {
            return Err(ReadFault::NoConnection(format!("{} is closed", self.name)));
        };
        let result = line.read(unit, span, &mut self.unanswered).await;
        match &result {
            Err(ReadFault::NoConnection(_)) if line.is_lost() => {
                self.line = None;
                let reason = format!("{} was lost", self.name);
                self.closed_until = Some((Instant::now() + self.backoff.next_wait(), reason));
            }
            Ok(_) => self.backoff.reset(),
            Err(_) => {}
        }
        result
    }
}
