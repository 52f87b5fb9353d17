//! The program as a newcomer meets it: what it says when something around it is wrong.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;

use crate::gateway::{FaultyGateway, TOKEN};

fn collector(what: &str, config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collector"));
    command
        .arg(what)
        .arg(config)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn write(folder: &Path, url: &str, token: &str) -> std::path::PathBuf {
    let path = folder.join("collector.toml");
    let spool = folder.join("spool");
    let text = format!(
        "id = \"site-a\"\nspool = \"{}\"\nhealth = \"127.0.0.1:0\"\n[gateway]\nurl = \"{url}\"\ntoken = \"{token}\"\n",
        spool.display()
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// Runs until it warns; the warning and the health report of that moment.
async fn first_warning(config: &Path) -> (String, serde_json::Value) {
    let mut child = collector("run", config).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (mut health, mut warning) = (String::new(), String::new());
    let warned = async {
        while health.is_empty() || warning.is_empty() {
            let line = lines.next_line().await.unwrap().expect("it goes on running");
            assert!(
                !line.contains('\u{1b}'),
                "no colours where nobody sees them: {line}"
            );
            if let Some((_, address)) = line.split_once("health report at http://") {
                health = address.trim_end_matches('/').to_owned();
            }
            if line.contains("WARN") {
                warning = line;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), warned)
        .await
        .expect("the first failure is said");
    let report = get(&health).await;
    child.kill().await.unwrap();
    (warning, serde_json::from_str(&report).unwrap())
}

async fn get(address: &str) -> String {
    use tokio::io::AsyncWriteExt;
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn a_wrong_token_is_said_at_the_first_failure_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let (warning, report) = first_warning(&write(folder.path(), &gateway.url(), "wrong")).await;
    for part in ["401", "token_file in [gateway]"] {
        assert!(warning.contains(part), "{warning}");
        let error = report["link"]["orders_error"].as_str().unwrap();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn an_unreachable_gateway_is_said_at_the_first_failure_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let (warning, report) = first_warning(&write(folder.path(), "http://127.0.0.1:9", TOKEN)).await;
    for part in ["Connection refused", "is the gateway running"] {
        assert!(warning.contains(part), "{warning}");
        let error = report["link"]["orders_error"].as_str().unwrap();
        assert!(error.contains(part), "{error}");
    }
}

/// What `check-config` says, and whether it is content.
async fn checked(config: &Path) -> (bool, String) {
    let done = collector("check-config", config).output().await.unwrap();
    (done.status.success(), String::from_utf8(done.stderr).unwrap())
}

#[tokio::test]
async fn check_config_finds_what_run_would_stumble_over() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("file"), "").unwrap();
    std::fs::create_dir(at("profiles")).unwrap();
    std::fs::write(at("profiles/own.toml"), "model = 1").unwrap();
    let config = folder.path().join("c.toml");
    let text = |spool: &str, token: &str, profiles: &str| {
        format!(
            "id = \"site-a\"\nspool = \"{}\"\nprofiles = \"{}\"\n[gateway]\nurl = \"http://127.0.0.1:9\"\ntoken_file = \
             \"{}\"\n[brokers.site]\nhost = \"h\"\nport = 1883\npassword_file = \"{}\"\n",
            at(spool),
            at(profiles),
            at(token),
            at(token)
        )
    };
    std::fs::write(&config, text("file/spool", "absent", "profiles")).unwrap();
    let (content, said) = checked(&config).await;
    assert!(!content);
    for part in [
        "absent: No such file or directory (os error 2); check token_file",
        "brokers.site.password_file",
        "spool: ",
        "own.toml",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    std::fs::write(&config, text("new/spool", "file", "none")).unwrap();
    let (content, said) = checked(&config).await;
    assert!(!content);
    assert!(said.contains("file: it is empty; check token_file"), "{said}");
    assert!(said.contains("none: No such file"), "{said}");

    std::fs::remove_file(at("profiles/own.toml")).unwrap();
    std::fs::write(at("file"), "secret").unwrap();
    std::fs::write(&config, text("new/spool", "file", "profiles")).unwrap();
    let (content, said) = checked(&config).await;
    assert!(content, "{said}");
    assert!(said.contains("chmod 640"), "{said}");
    assert!(!Path::new(&at("new")).exists(), "nothing is left behind");

    std::fs::create_dir_all(at("new/spool")).unwrap();
    std::fs::write(at("new/spool/collector"), "site-b").unwrap();
    let (content, said) = checked(&config).await;
    assert!(
        !content && said.contains("belongs to collector \"site-b\""),
        "{said}"
    );
}
