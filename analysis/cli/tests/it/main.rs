//! The command line as its users meet it.

mod estimation;
mod garbage;
mod oracle;
mod people;
mod procedures;
mod statistics;
mod vectors;

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs requests through `metrology eval` and returns the answers.
fn eval(requests: &[String]) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_metrology"))
        .arg("eval")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = requests.join("\n");
    // Writing and reading at once: a pipe holds less than the requests.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
