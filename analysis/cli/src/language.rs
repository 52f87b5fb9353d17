//! The language that a person is answered in. What programs read (`--json`, `eval`) is the same in every language.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Zh,
    En,
}

impl Language {
    /// `--lang` of the command line, else the first of LC_ALL, LC_MESSAGES and LANG that is set: Chinese where it begins with
    /// zh. It is needed before the arguments are read, for the help is written in it.
    pub(crate) fn of(
        arguments: impl Iterator<Item = String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut arguments = arguments.skip(1).take_while(|a| a != "--");
        let mut given = None;
        while let Some(argument) = arguments.next() {
            if argument == "--lang" {
                given = arguments.next();
            } else if let Some(value) = argument.strip_prefix("--lang=") {
                given = Some(value.to_owned());
            }
        }
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()));
        match given.or(set) {
            Some(name) if name.to_ascii_lowercase().starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }

    pub(crate) fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_goes_before_the_variables() {
        let of = |arguments: &[&str], variables: &[(&str, &str)]| {
            let arguments = ["metrology"].iter().chain(arguments).map(|a| (*a).to_owned());
            let variable = |name: &str| {
                let found = variables.iter().find(|(n, _)| *n == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            Language::of(arguments, variable)
        };
        for (arguments, variables, wanted) in [
            (&[] as &[&str], &[] as &[(&str, &str)], Language::En),
            (&[], &[("LANG", "zh_CN.UTF-8")], Language::Zh),
            (&[], &[("LANG", "C.UTF-8")], Language::En),
            (&[], &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], Language::En),
            (
                &[],
                &[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "zh_CN")],
                Language::Zh,
            ),
            (&[], &[("LC_ALL", ""), ("LANG", "zh_TW")], Language::Zh),
            (&["--lang", "zh", "round"], &[], Language::Zh),
            (&["round", "--lang=zh"], &[("LANG", "en_US")], Language::Zh),
            (&["round", "--lang=en"], &[("LANG", "zh_CN")], Language::En),
            (&["parse", "--", "--lang", "zh"], &[], Language::En),
        ] {
            assert_eq!(of(arguments, variables), wanted, "{arguments:?} {variables:?}");
        }
    }
}
