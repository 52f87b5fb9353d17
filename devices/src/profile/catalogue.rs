//! All models that are known: those built in, and those of a site's own folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use super::{Profile, ProfileError};

#[derive(rust_embed::RustEmbed)]
#[folder = "profiles/"]
struct BuiltIn;

/// Profiles by their reference, `model@version`.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    profiles: BTreeMap<String, Arc<Profile>>,
}

/// Why a folder of profiles was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("{path}: {source}; check `profiles_dir` and its permissions")]
    Read { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(
        "{file}: {reference} is already in the catalogue; a published version never changes, count `version` up"
    )]
    Twice { file: String, reference: String },
}

/// The models that are built in (`devices/profiles/*.toml`).
///
/// # Panics
/// If a built-in profile is broken, which a test of this package excludes.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        let mut catalogue = Catalogue::default();
        for (file, text) in built_in_files() {
            catalogue
                .add(&file, &text)
                .unwrap_or_else(|error| panic!("{error}"));
        }
        catalogue
    });
    &CATALOGUE
}

/// Name and text of every built-in profile.
fn built_in_files() -> impl Iterator<Item = (String, String)> {
    <BuiltIn as rust_embed::RustEmbed>::iter().filter_map(|name| {
        let file = <BuiltIn as rust_embed::RustEmbed>::get(&name)?;
        Some((
            format!("devices/profiles/{name}"),
            String::from_utf8_lossy(&file.data).into_owned(),
        ))
    })
}

impl Catalogue {
    /// The profile `model@version`.
    pub fn get(&self, reference: &str) -> Option<&Arc<Profile>> {
        self.profiles.get(reference)
    }

    /// In order of their references.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Profile>> {
        self.profiles.values()
    }

    /// Reads, checks and adds one profile.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), CatalogueError> {
        let profile = Profile::parse(file, text)?;
        let reference = profile.reference();
        if self.profiles.contains_key(&reference) {
            return Err(CatalogueError::Twice {
                file: file.to_owned(),
                reference,
            });
        }
        self.profiles.insert(reference, Arc::new(profile));
        Ok(())
    }

    /// The built-in profiles and those of a folder (every `*.toml` in it); read once, at start.
    pub fn load_dir(path: &Path) -> Result<Catalogue, CatalogueError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| CatalogueError::Read { path, source }
        };
        let mut catalogue = catalogue().clone();
        let mut files: Vec<PathBuf> = std::fs::read_dir(path)
            .map_err(failed(path))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(failed(path))?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file).map_err(failed(&file))?;
            catalogue.add(&file.display().to_string(), &text)?;
        }
        Ok(catalogue)
    }
}
