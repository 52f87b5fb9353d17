//! Foreign programs that the tests run beside ours: Python oracles, brokers, instruments.
//!
//! A test whose peer is missing has proved nothing, so it fails and says what to install.
//! `HENGLIAN_ALLOW_MISSING=1` turns that into a printed skip, for a machine that cannot have the peer.
//!
//! **Architecture invariant:** a dev-dependency only; no product code, no package of ours is used here.

use std::path::Path;
use std::process::{Command, Stdio};

pub mod postgres;

/// What a test wants to run and this machine does not have.
struct Missing {
    what: String,
    cure: String,
}

impl Missing {
    /// Panics, or says that the test is left out and why.
    fn report<T>(self, allowed: bool) -> Option<T> {
        let Self { what, cure } = self;
        assert!(
            allowed,
            "{what}: {cure}, or run `make tools`; HENGLIAN_ALLOW_MISSING=1 leaves this test out"
        );
        println!("SKIPPED: {what}; {cure}");
        None
    }
}

fn missing_allowed() -> bool {
    std::env::var("HENGLIAN_ALLOW_MISSING").is_ok_and(|value| value == "1")
}

fn starts(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// True if a program of this Debian package can be started; `probe` is an argument that makes it end at once.
/// Fails the test where it is missing.
pub fn has_program(name: &str, probe: &str, package: &str) -> bool {
    let found = if starts(Command::new(name).arg(probe)) {
        Some(())
    } else {
        let missing = Missing {
            what: format!("{name} is not installed"),
            cure: format!("apt-get install {package}"),
        };
        missing.report(missing_allowed())
    };
    found.is_some()
}

/// A Python that can import these modules: `HENGLIAN_PYTHON`, else the one that `make tools` made, else `python3`.
/// Fails the test where there is none.
pub fn python(modules: &[&str]) -> Option<String> {
    python_of(std::env::var("HENGLIAN_PYTHON").ok(), modules, missing_allowed())
}

fn python_of(named: Option<String>, modules: &[&str], allowed: bool) -> Option<String> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.env-tools/python/bin/python");
    let python = match named.filter(|path| !path.is_empty()) {
        Some(named) => named,
        None if made.exists() => made.display().to_string(),
        None => "python3".to_owned(),
    };
    let imports: String = modules
        .iter()
        .map(|module| format!("import {module}\n"))
        .collect();
    let ready = Command::new(&python)
        .args(["-c", &imports])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if ready {
        return Some(python);
    }
    let missing = Missing {
        what: format!("{python} cannot import {}", modules.join(", ")),
        cure: "install deploy/setup/requirements.txt and name that Python in HENGLIAN_PYTHON".to_owned(),
    };
    missing.report(allowed)
}

/// Runs an ignored test of the calling test binary as a child process on a really full-able disk: so many megabytes
/// of memory, mounted where only the child sees them, at the path in `HENGLIAN_SMALL_DISK`.
pub fn run_on_small_disk(megabytes: u32, test: &str) {
    let disk = std::env::temp_dir().join(format!("henglian-small-disk-{}-{test}", std::process::id()));
    std::fs::create_dir_all(&disk).expect("a folder to mount on");
    let apart = |script: &str| {
        Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c"])
            .arg(format!(
                "mount -t tmpfs -o size={megabytes}m tmpfs \"$1\" && {script}"
            ))
            .arg("sh")
            .arg(&disk)
            .arg(std::env::current_exe().expect("the path of this test"))
            .arg(test)
            .env("HENGLIAN_SMALL_DISK", &disk)
            .output()
    };
    let outcome = if apart("true").is_ok_and(|done| done.status.success()) {
        Some(apart("exec \"$2\" --ignored --exact --nocapture \"$3\"").expect("the child starts"))
    } else {
        let missing = Missing {
            what: "this system lets nobody mount a file system of one process".to_owned(),
            cure: "allow user namespaces and install util-linux (unshare)".to_owned(),
        };
        missing.report(missing_allowed())
    };
    std::fs::remove_dir(&disk).expect("nothing was written outside the mount");
    let Some(done) = outcome else { return };
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "no-such-broker is not installed: apt-get install mosquitto")]
    fn a_missing_program_fails_the_test_and_names_its_package() {
        let missing = Missing {
            what: "no-such-broker is not installed".to_owned(),
            cure: "apt-get install mosquitto".to_owned(),
        };
        missing.report::<()>(false);
    }

    #[test]
    #[should_panic(expected = "cannot import no_such_module")]
    fn a_python_without_the_module_fails_the_test() {
        python_of(Some("python3".to_owned()), &["no_such_module"], false);
    }

    #[test]
    fn where_it_is_allowed_a_missing_peer_is_only_said() {
        assert_eq!(python_of(Some("/nonexistent/python".to_owned()), &[], true), None);
    }

    #[test]
    fn a_program_that_is_there_is_found() {
        assert!(has_program("true", "--version", "coreutils"));
        assert!(!starts(&mut Command::new("/nonexistent/program")));
    }
}
