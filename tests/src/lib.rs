//! What whole-system tests share: a site that starts on free ports in a folder of its own.

use deploy::clock::system_clock;
use deploy::demo::script::Actor;
use deploy::demo::{Demo, Options};

/// A running site; its folder goes when it goes.
pub struct TestSite {
    pub demo: Demo,
    pub folder: tempfile::TempDir,
}

impl TestSite {
    /// Starts the same site as the demo and waits for its history.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = Options {
            data: folder.path().to_owned(),
            port: 0,
            history_days: 7,
        };
        let quiet = |_: &str| {};
        let demo = Demo::start(&options, system_clock(), &quiet)
            .await
            .expect("the site starts");
        demo.history_arrived(&quiet).await.expect("the history arrives");
        Self { demo, folder }
    }

    /// Signs in as the person with this role.
    pub async fn actor(&self, role: &str) -> Actor {
        let account = self.demo.accounts.of(role).expect("every role has a person");
        Actor::sign_in(&self.demo.url(), account).await.expect("signs in")
    }
}
