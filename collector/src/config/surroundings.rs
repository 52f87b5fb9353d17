//! What a configuration needs around it: files that can be read, folders that can be written, profiles that load.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Config;
use crate::link::Link;
use crate::run;

/// What `check-config` found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// `run` would not start, or not work.
    pub faults: Vec<String>,
    /// Worth mending.
    pub warnings: Vec<String>,
}

impl Config {
    /// Looks at everything that `run` will need, except ports, and leaves nothing behind.
    pub fn check_surroundings(&self) -> Findings {
        let mut found = Findings::default();
        if let Err(error) = Link::new(self) {
            found.faults.push(error.to_string());
        }
        if let Some(path) = &self.gateway.token_file {
            found.look_at_mode(path);
        }
        for (name, broker) in &self.brokers {
            let Some(path) = &broker.password_file else {
                continue;
            };
            if let Err(error) = fs::read_to_string(path) {
                found.faults.push(format!(
                    "brokers.{name}.password_file: cannot read {}: {error}; check the path and who may read it",
                    path.display()
                ));
            }
            found.look_at_mode(path);
        }
        if let Err(reason) = try_folder(&self.spool) {
            found.faults.push(format!("spool: {reason}"));
        } else if let Some(owner) = owner(&self.spool).filter(|owner| *owner != self.id) {
            found.faults.push(format!(
                "spool: {} belongs to collector \"{owner}\"; give this one its own spool folder",
                self.spool.display()
            ));
        }
        match run::profiles(self) {
            Err(error) => found.faults.push(format!("profiles: {error}")),
            Ok(catalogue) => {
                let unknown = |device: &&uplink::DeviceAssignment| catalogue.get(&device.profile).is_none();
                for device in self.devices.iter().filter(unknown) {
                    found.faults.push(format!(
                        "device {}: the profile \"{}\" is unknown; correct it, or add it to the folder in `profiles`",
                        device.device, device.profile
                    ));
                }
            }
        }
        found
    }
}

impl Findings {
    /// A secret that everybody on the machine can read is none.
    fn look_at_mode(&mut self, path: &Path) {
        let Ok(metadata) = fs::metadata(path) else { return };
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o007 != 0 {
            self.warnings.push(format!(
                "{} can be read by everybody on this machine (mode {mode:03o}); chmod 640 {0}",
                path.display()
            ));
        }
    }
}

fn owner(spool: &Path) -> Option<String> {
    let owner = fs::read_to_string(spool.join("collector")).ok()?;
    Some(owner.trim().to_owned()).filter(|owner| !owner.is_empty())
}

/// Whether this user can write in `folder`, or create it. Tried, not guessed: rights, read-only disks and full ones all
/// count. What was tried is removed again.
pub fn try_folder(folder: &Path) -> Result<(), String> {
    let mut existing = folder;
    while !existing.exists() {
        existing = match existing.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
    }
    let failed = |error: io::Error| {
        format!(
            "cannot write in {}: {error}; choose another folder, or let the user of this program write there",
            existing.display()
        )
    };
    if !existing.is_dir() {
        return Err(format!("{} is no folder; choose another", existing.display()));
    }
    let trial = existing.join(format!(".henglian-trial-{}", std::process::id()));
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&trial)
        .and_then(|mut file| {
            file.write_all(b"trial")?;
            file.sync_all()
        });
    let removed = fs::remove_file(&trial);
    written.map_err(failed)?;
    removed.map_err(failed)
}
