//! Modbus TCP. The only file that knows the Modbus client library.
//!
//! The library checks transaction id, unit and function; the length is checked here (there it is
//! only a debug assertion). After a time-out or any protocol error the connection is dropped:
//! a connection with a request in flight is never used again.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waker, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_modbus::client::{Client, Context, tcp};
use tokio_modbus::slave::{Slave, SlaveContext};
use tokio_modbus::{Request, Response};
use uplink::{Networks, RegisterTable};

use super::{ReadFault, Wire};
use crate::backoff::{Backoff, random_seed};
use crate::health::Health;
use crate::plan::Span;

/// One connection to one host and port, with all units behind it.
pub struct TcpWire {
    host: String,
    port: u16,
    connect_timeout: Duration,
    response_timeout: Duration,
    context: Option<Context>,
    /// No attempt before this; reads fail at once meanwhile, so that no slot is held up.
    closed_until: Option<(Instant, String)>,
    backoff: Backoff,
    health: Arc<Health>,
    networks: Networks,
}

impl TcpWire {
    pub fn new(
        host: String,
        port: u16,
        connect_timeout: Duration,
        response_timeout: Duration,
        health: Arc<Health>,
    ) -> Self {
        let backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(15), random_seed());
        Self {
            host,
            port,
            connect_timeout,
            response_timeout,
            context: None,
            closed_until: None,
            backoff,
            health,
            networks: Networks::default(),
        }
    }

    /// Opens connections to these networks only.
    #[must_use]
    pub fn within(mut self, networks: Networks) -> Self {
        self.networks = networks;
        self
    }

    async fn connect(&mut self) -> Result<Context, ReadFault> {
        if let Some((until, reason)) = &self.closed_until
            && Instant::now() < *until
        {
            return Err(ReadFault::NoConnection(reason.clone()));
        }
        let opened = timeout(self.connect_timeout, open(&self.host, self.port, &self.networks)).await;
        let reason = match opened {
            Ok(Ok(stream)) => {
                self.health.counters.connections_opened.one();
                self.closed_until = None;
                return Ok(tcp::attach(stream));
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no connection within {} ms", self.connect_timeout.as_millis()),
        };
        self.health.counters.connections_failed.one();
        let reason = format!("cannot connect to {}:{}: {reason}", self.host, self.port);
        self.closed_until = Some((Instant::now() + self.backoff.next_wait(), reason.clone()));
        Err(ReadFault::NoConnection(reason))
    }
}

/// What a name stands for is looked at here, where the connection is opened, so that it cannot change in between.
async fn open(host: &str, port: u16, networks: &Networks) -> io::Result<Named> {
    let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    let outside = addresses.iter().find_map(|one| networks.check(one.ip()).err());
    addresses.retain(|address| networks.check(address.ip()).is_ok());
    if let (true, Some(outside)) = (addresses.is_empty(), outside) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, outside));
    }
    let stream = TcpStream::connect(addresses.as_slice()).await?;
    stream.set_nodelay(true)?;
    Ok(Named(stream))
}

/// A connection whose end has a name. The library reports an end with whatever error the system had last.
#[derive(Debug)]
struct Named(TcpStream);

impl AsyncRead for Named {
    fn poll_read(
        mut self: Pin<&mut Self>,
        waker: &mut Waker<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (room, before) = (buffer.remaining(), buffer.filled().len());
        ready!(Pin::new(&mut self.0).poll_read(waker, buffer))?;
        if room > 0 && buffer.filled().len() == before {
            let closed = "the instrument or converter closed the connection; does another master use it?";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, closed)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Named {
    fn poll_write(mut self: Pin<&mut Self>, waker: &mut Waker<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(waker, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(waker)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(waker)
    }
}

impl Wire for TcpWire {
    async fn read(&mut self, unit: u8, span: Span) -> Result<Vec<u16>, ReadFault> {
        // Taken out: if this future is dropped, the connection goes with it.
        let mut context = match self.context.take() {
            Some(context) => context,
            None => self.connect().await?,
        };
        context.set_slave(Slave(unit));
        let outcome = match timeout(self.response_timeout, context.call(request(span))).await {
            Err(_) => {
                let milliseconds = u64::try_from(self.response_timeout.as_millis()).unwrap_or(u64::MAX);
                return Err(ReadFault::NoAnswer { unit, milliseconds });
            }
            Ok(Err(tokio_modbus::Error::Transport(error))) => {
                return Err(ReadFault::NoConnection(format!(
                    "{}:{}: {error}",
                    self.host, self.port
                )));
            }
            Ok(Err(error @ tokio_modbus::Error::Protocol(_))) => {
                return Err(ReadFault::Malformed {
                    unit,
                    reason: error.to_string(),
                });
            }
            Ok(Ok(Err(code))) => Err(ReadFault::Exception {
                unit,
                code: code.into(),
            }),
            Ok(Ok(Ok(response))) => {
                Ok(words(response, span).map_err(|reason| ReadFault::Malformed { unit, reason })?)
            }
        };
        self.backoff.reset();
        self.context = Some(context);
        outcome
    }
}

fn request(span: Span) -> Request<'static> {
    match span.table {
        RegisterTable::Holding => Request::ReadHoldingRegisters(span.address, span.words),
        RegisterTable::Input => Request::ReadInputRegisters(span.address, span.words),
        RegisterTable::Coil => Request::ReadCoils(span.address, span.words),
        RegisterTable::Discrete => Request::ReadDiscreteInputs(span.address, span.words),
    }
}

fn words(response: Response, span: Span) -> Result<Vec<u16>, String> {
    let wanted = usize::from(span.words);
    let words: Vec<u16> = match (span.table, response) {
        (RegisterTable::Holding, Response::ReadHoldingRegisters(words))
        | (RegisterTable::Input, Response::ReadInputRegisters(words)) => words,
        (RegisterTable::Coil, Response::ReadCoils(bits))
        | (RegisterTable::Discrete, Response::ReadDiscreteInputs(bits)) => {
            // Bits come in whole bytes; the library may hand out the padding.
            if bits.len().div_ceil(8) != wanted.div_ceil(8) {
                return Err(format!("{} bits instead of {wanted}", bits.len()));
            }
            bits.into_iter().take(wanted).map(u16::from).collect()
        }
        (table, other) => return Err(format!("{other:?} is no answer about {table:?}")),
    };
    if words.len() != wanted {
        return Err(format!("{} registers instead of {wanted}", words.len()));
    }
    Ok(words)
}
