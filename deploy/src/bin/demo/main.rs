//! `make demo`: a whole site on this machine.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use deploy::clock::system_clock;
use deploy::demo::script::Concluded;
use deploy::demo::{Demo, Options};

/// A whole site on 127.0.0.1: instruments, collector, gateway, verification, ledger, portal.
#[derive(Parser)]
struct Arguments {
    /// Port of the portal; 0 takes a free one.
    #[arg(long, env = "PORT", default_value_t = 8420)]
    port: u16,
    /// Everything the demo keeps.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Written when all is up: address and accounts as JSON (for tests).
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "error,rumqttd=off".into()),
        )
        .with_writer(std::io::stderr)
        // Colours are for people: a file or the journal gets plain text.
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {}", deploy::report::chain(&error));
            eprintln!("      (another port: make demo PORT=8421; a fresh start: rm -r data/demo)");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let begun = Instant::now();
    let say = |text: &str| println!("  {:5.1} s  {text}", begun.elapsed().as_secs_f32());
    let options = Options {
        data: arguments.data.clone(),
        port: arguments.port,
        history_days: 7,
    };
    let demo = Demo::start(&options, system_clock(), &say).await?;
    demo.history_arrived(&say).await?;
    say("the history has arrived; operator and reviewer are played by a script");
    let concluded = demo.play().await?;
    say("the verifications are concluded");
    print(&demo, &arguments, &concluded);
    if let Some(path) = &arguments.ready_file {
        let ready = serde_json::json!({
            "url": demo.url(), "people": demo.accounts.people, "modbus": demo.modbus.to_string(),
            "runs": concluded.iter().map(|c| serde_json::json!({ "id": c.run, "device": c.device, "verdict": c.verdict, "state": c.state })).collect::<Vec<_>>(),
        });
        let partial = path.with_extension("partial");
        std::fs::write(&partial, ready.to_string())?;
        std::fs::rename(partial, path)?;
    }
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    println!("\nstopping …");
    demo.stop().await;
    println!("stopped; `make demo` goes on from here");
    Ok(())
}

fn print(demo: &Demo, arguments: &Arguments, concluded: &[Concluded]) {
    println!("\n  {}\n", demo.url());
    for one in concluded {
        let (word, zh) = match one.verdict.as_str() {
            "conforms" => ("PASS", "符合"),
            "does-not-conform" => ("FAIL", "不符合"),
            _ => ("OPEN", "待定"),
        };
        let state = match one.state.as_str() {
            "confirmed" => "confirmed 已核验",
            "returned" => "returned 已退回",
            _ => "waits for a reviewer 待核验",
        };
        println!(
            "  {word} {zh}  {}  {}  #{}  {state}",
            one.device, one.kind, one.run
        );
    }
    println!(
        "\n  accounts (passwords in {}/accounts.json):",
        arguments.data.display()
    );
    for person in &demo.accounts.people {
        println!(
            "    {:<14} {:<22} {} {}",
            person.login, person.password, person.role, person.name
        );
    }
    println!(
        "\n  Look first: sign in as reviewer, open the failed verification of m-05, read its digits and confirm it.\n  \
         Then as enterprise: register the spare meter (Modbus TCP {}, unit 10, model ddz1187) and watch it live.\n  \
         Ctrl-C stops everything.\n",
        demo.modbus
    );
}
