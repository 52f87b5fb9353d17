//! `field-sim`: serves a simulated site.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use field_sim::{Listeners, MqttTarget, SerialLine, Site};

#[derive(Parser)]
#[command(
    version,
    about = "A simulated field: meters and transmitters over Modbus TCP, Modbus RTU and MQTT"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a site until Ctrl-C
    Run {
        /// Description of the site, as devices/sim/site.toml
        site: PathBuf,
        /// Address for Modbus TCP; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0")]
        modbus_tcp: SocketAddr,
        /// Serial line as NAME=PATH or NAME=PATH,BAUD (repeatable)
        #[arg(long)]
        serial: Vec<String>,
        /// Broker as HOST:PORT for the MQTT instruments
        #[arg(long)]
        mqtt: Option<String>,
    },
    /// Print what every device indicates now
    Show { site: PathBuf },
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    #[allow(clippy::disallowed_methods, reason = "the outermost edge asks the clock")]
    let clock: field_sim::Clock = Arc::new(jiff::Timestamp::now);
    match Arguments::parse().command {
        Command::Run {
            site,
            modbus_tcp,
            serial,
            mqtt,
        } => {
            let listeners = Listeners {
                modbus_tcp: Some(modbus_tcp),
                serial: serial
                    .iter()
                    .map(|line| serial_line(line))
                    .collect::<Result<_, _>>()?,
                mqtt: mqtt.map(|target| broker(&target)).transpose()?,
            };
            tokio::runtime::Runtime::new()?.block_on(run(read(&site)?, listeners, clock))
        }
        Command::Show { site } => show(&read(&site)?, &clock),
    }
}

fn read(path: &PathBuf) -> anyhow::Result<Site> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Site::parse(&text).with_context(|| path.display().to_string())
}

fn serial_line(text: &str) -> anyhow::Result<SerialLine> {
    let (name, rest) = text
        .split_once('=')
        .with_context(|| format!("\"{text}\" is not NAME=PATH"))?;
    let (path, baud) = match rest.split_once(',') {
        Some((path, baud)) => (
            path,
            baud.parse()
                .with_context(|| format!("\"{baud}\" is no baud rate"))?,
        ),
        None => (rest, 9600),
    };
    Ok(SerialLine {
        name: name.to_owned(),
        path: path.to_owned(),
        baud,
    })
}

fn broker(text: &str) -> anyhow::Result<MqttTarget> {
    let Some((host, port)) = text.rsplit_once(':') else {
        bail!("\"{text}\" is not HOST:PORT")
    };
    let port = port.parse().with_context(|| format!("\"{port}\" is no port"))?;
    Ok(MqttTarget {
        host: host.to_owned(),
        port,
        client_id: "field-sim".to_owned(),
        login: None,
    })
}

async fn run(site: Site, listeners: Listeners, clock: field_sim::Clock) -> anyhow::Result<()> {
    let site = Arc::new(site);
    let serving = site.clone().serve(listeners, clock).await?;
    println!("{} ({})", site.name_zh, site.name_en);
    if let Some(address) = serving.modbus_tcp {
        println!("Modbus TCP on {address}");
    }
    for device in site.devices() {
        let access = match (&device.topic, &device.line) {
            (Some(topic), _) => format!("MQTT topic {topic}"),
            (None, Some(line)) => format!("line {line}, unit {}", device.unit),
            (None, None) => format!("unit {}", device.unit),
        };
        println!(
            "  {:8} {:12} {access}  {}",
            device.id.as_str(),
            device.profile.reference(),
            device.title_zh
        );
    }
    tokio::signal::ctrl_c().await?;
    serving.shutdown().await;
    Ok(())
}

fn show(site: &Site, clock: &field_sim::Clock) -> anyhow::Result<()> {
    for device in site.devices() {
        println!("{} {}", device.id, device.title_zh);
        for (swept, point) in site
            .sweep_at(&device.id, clock())?
            .points
            .iter()
            .zip(&device.profile.points)
        {
            let value = swept
                .value
                .map_or_else(|| swept.quality.name().to_owned(), |value| value.to_string());
            println!("  {:24} {value:>16} {}", swept.name.as_str(), point.unit);
        }
    }
    Ok(())
}
