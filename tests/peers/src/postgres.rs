//! PostgreSQL for the tests: a server of their own on a socket in a folder of its own, never one of this machine's.
//!
//! [`database`] gives an empty database on one server that all tests of a run share; it is started by the first one and
//! ends with the run. A test that stops the server starts its own [`Server`].

use std::fs::{self, File};
use std::io;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::{Missing, missing_allowed};

/// Whom a server runs as where we are root, which PostgreSQL refuses to be.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];
const OLDEST: u32 = 15;

/// An empty database, dropped with this value.
pub struct Database {
    server: Reached,
    name: String,
}

/// A server of one test, ended with this value.
pub struct Server {
    reached: Reached,
    running: Option<Child>,
}

/// Where a server's programs and folder are.
#[derive(Clone)]
struct Reached {
    programs: PathBuf,
    folder: PathBuf,
}

/// Whether there is one to test on. Fails the test where a missing one is not allowed.
pub fn is_installed() -> bool {
    programs().is_some()
}

/// A new database on the server that the tests of this run share; `None` where a missing PostgreSQL is allowed.
pub fn database() -> Option<Database> {
    let server = shared(&programs()?);
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    server.ask(
        "postgres",
        &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
    );
    Some(Database { server, name })
}

impl Database {
    /// `postgres://…`, without a password.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What is left goes with the server.
        let _ = self
            .server
            .psql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name))
            .output();
    }
}

impl Server {
    /// `None` where a missing PostgreSQL is allowed.
    pub fn start() -> Option<Self> {
        let reached = Reached {
            programs: programs()?,
            folder: scratch(&format!("{}", std::process::id())),
        };
        reached.create();
        let running = Some(reached.run());
        Some(Self { reached, running })
    }

    /// Its only database.
    pub fn url(&self) -> String {
        self.reached.url("postgres")
    }

    /// As when the machine loses power: nobody is asked to finish.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let stop = ["stop", "-m", "immediate", "-D"];
            let done = self
                .reached
                .program("pg_ctl")
                .args(stop)
                .arg(self.reached.data())
                .status();
            assert!(done.is_ok_and(|done| done.success()), "pg_ctl stops it");
            running.wait().expect("the server ends");
        }
    }

    pub fn start_again(&mut self) {
        assert!(self.running.is_none(), "it runs");
        self.running = Some(self.reached.run());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.reached.folder);
    }
}

impl Reached {
    fn url(&self, database: &str) -> String {
        let folder = self.folder.display();
        format!("postgres://postgres@localhost/{database}?host={folder}")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A program of the server's, as the user that it runs as.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = match unprivileged() {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={user}"))
                    .args(["--clear-groups", "--"])
                    .arg(program);
                command
            }
            None => Command::new(program),
        };
        command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Makes the cluster. Nothing of a test outlives a loss of power, so nothing waits for the disk.
    fn create(&self) {
        if let Some(user) = unprivileged() {
            let done = Command::new("chown").arg(user).arg(&self.folder).status();
            assert!(done.is_ok_and(|done| done.success()), "the folder goes to {user}");
        }
        let done = self
            .program("initdb")
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(self.data())
            .stderr(Stdio::piped())
            .output()
            .expect("initdb starts");
        assert!(
            done.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    fn serve(&self) -> Command {
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        for setting in [
            "listen_addresses=",
            "fsync=off",
            "full_page_writes=off",
            "autovacuum=off",
            "max_connections=400",
            "shared_buffers=32MB",
            "jit=off",
        ] {
            command.args(["-c", setting]);
        }
        command
    }

    fn run(&self) -> Child {
        let child = self.serve().spawn().expect("postgres starts");
        self.wait();
        child
    }

    /// Until it answers.
    fn wait(&self) {
        let asked = || self.psql("postgres", "SELECT 1").output();
        let patience = Instant::now() + Duration::from_secs(60);
        while !asked().is_ok_and(|done| done.status.success()) {
            assert!(Instant::now() < patience, "PostgreSQL does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn psql(&self, database: &str, sql: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .args(["--no-psqlrc", "--quiet", "--username=postgres", "--host"])
            .arg(&self.folder)
            .args(["--dbname", database, "--command", sql])
            .stdin(Stdio::null());
        command
    }

    fn ask(&self, database: &str, sql: &str) {
        let done = self.psql(database, sql).output().expect("psql starts");
        assert!(
            done.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

/// The server of this test run, started by whoever comes first. It ends when the test runner does.
fn shared(programs: &Path) -> Reached {
    let runner = parent_id();
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| runner.to_string());
    let run: String = run.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let lock = File::create(std::env::temp_dir().join(format!("henglian-postgres-{run}.lock")))
        .expect("a lock file");
    lock.lock().expect("the lock");
    let folder = std::env::temp_dir().join(format!("henglian-postgres-{run}"));
    let reached = Reached {
        programs: programs.to_owned(),
        folder: folder.clone(),
    };
    if folder.join("ready").exists() {
        return reached;
    }
    let _ = fs::remove_dir_all(&folder);
    make(&folder);
    reached.create();
    // The shell outlives this test, the server ends with the runner, and the folder with the server.
    let script = "\"$@\" & server=$!
        while kill -0 \"$RUNNER\" 2>/dev/null && kill -0 $server 2>/dev/null; do sleep 1; done
        kill -QUIT $server 2>/dev/null; wait $server
        rm -rf \"$FOLDER\" \"$FOLDER.lock\"";
    let server = reached.serve();
    Command::new("setsid")
        .args(["sh", "-c", script, "sh"])
        .arg(server.get_program())
        .args(server.get_args())
        .env("RUNNER", runner.to_string())
        .env("FOLDER", &folder)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("setsid starts");
    reached.wait();
    File::create(folder.join("ready")).expect("a mark that it runs");
    reached
}

fn scratch(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("henglian-postgres-{name}-{number}"));
    let _ = fs::remove_dir_all(&folder);
    make(&folder);
    folder
}

fn make(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder for PostgreSQL");
    // The name of a socket has at most 107 bytes.
    assert!(
        folder.as_os_str().len() < 90,
        "{} is too long for a socket; set TMPDIR to a shorter folder",
        folder.display()
    );
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// A user to run as, where we are root.
fn unprivileged() -> Option<&'static str> {
    let known = |user: &&'static str| {
        let asked = Command::new("id")
            .arg(user)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|done| done.success())
    };
    let mut users = UNPRIVILEGED.into_iter();
    is_root().then(|| users.find(known).expect("a user that is not root"))
}

/// The folder with the programs of the newest PostgreSQL that is new enough.
fn programs() -> Option<PathBuf> {
    let newest = installed(Path::new("/usr/lib/postgresql")).unwrap_or_default();
    newest.or_else(|| {
        let missing = Missing {
            what: format!("PostgreSQL {OLDEST} or later is not installed"),
            cure: "apt-get install postgresql".to_owned(),
        };
        missing.report(missing_allowed())
    })
}

fn installed(root: &Path) -> io::Result<Option<PathBuf>> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let version = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.parse().ok());
        if let Some(version) = version.filter(|version| *version >= OLDEST)
            && path.join("bin/initdb").exists()
        {
            found.push((version, path.join("bin")));
        }
    }
    Ok(found.into_iter().max().map(|(_, path)| path))
}
