//! What a program says when it gives up.

/// The whole chain of causes, each said once: many errors name their cause in their own text already.
pub fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.ends_with(&cause) && !text.contains(&format!("{cause};")) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cause_is_said_once() {
        let inner = std::io::Error::other("disk full");
        let said = anyhow::Error::new(inner).context("a.toml cannot be read: disk full");
        assert_eq!(super::chain(&said), "a.toml cannot be read: disk full");
        let apart = anyhow::anyhow!("disk full").context("a.toml cannot be read");
        assert_eq!(super::chain(&apart), "a.toml cannot be read: disk full");
        let cured = anyhow::anyhow!("disk full").context("no room: disk full; delete something");
        assert_eq!(super::chain(&cured), "no room: disk full; delete something");
    }
}
