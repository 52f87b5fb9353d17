//! The help of every command in the language of its reader.

mod chinese;

use clap::{Arg, ArgAction, Command};

use crate::exit::Exit;
use crate::language::Language;

/// The command line as clap derived it from the English comments, in a language.
pub(crate) fn in_language(command: Command, language: Language) -> Command {
    let command = command.after_help(Exit::table(language));
    match language {
        Language::En => command,
        Language::Zh => translated(command, true),
    }
}

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

fn translated(mut command: Command, first: bool) -> Command {
    if let Some(about) = command.get_about().map(ToString::to_string) {
        let text = chinese::of(&about).unwrap_or(&about).to_owned();
        command = command.about(text.clone()).long_about(text);
    }
    let arguments: Vec<(String, String, bool)> = command.get_arguments().map(described).collect();
    for (id, help, positional) in arguments {
        let heading = if positional { "参数" } else { "选项" };
        command = command.mut_arg(id, |arg| {
            let arg = arg.help(help.clone()).long_help(help).help_heading(heading);
            if takes_value(&arg) {
                arg.hide_default_value(true).hide_possible_values(true)
            } else {
                arg
            }
        });
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, |c| translated(c, false));
    }
    let flag = |name: &'static str, short: char, action: ArgAction, help: &'static str| {
        let flag = Arg::new(name).long(name).short(short).action(action);
        flag.help(help).help_heading("选项")
    };
    if first {
        command =
            command
                .disable_version_flag(true)
                .arg(flag("version", 'V', ArgAction::Version, "显示版本"));
    }
    command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .arg(flag("help", 'h', ArgAction::Help, "显示帮助"))
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// Id, help with defaults and choices, and whether it stands without a flag.
fn described(arg: &Arg) -> (String, String, bool) {
    let english = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let mut help = chinese::of(&english).unwrap_or(&english).to_owned();
    let takes_value = takes_value(arg);
    let choices: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    if takes_value && !choices.is_empty() {
        help.push_str(&format!("（可选 {}）", choices.join("、")));
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|v| v.to_string_lossy())
        .collect();
    if takes_value && !defaults.is_empty() {
        help.push_str(&format!("（默认 {}）", defaults.join(" ")));
    }
    (arg.get_id().to_string(), help, arg.is_positional())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::commands::Cli;

    fn every_text(command: &Command, out: &mut Vec<(String, String)>) {
        let place = command.get_name().to_owned();
        out.push((
            place.clone(),
            command.get_about().map(ToString::to_string).unwrap_or_default(),
        ));
        for arg in command.get_arguments() {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            out.push((format!("{place} {}", arg.get_id()), help));
        }
        command.get_subcommands().for_each(|c| every_text(c, out));
    }

    #[test]
    fn every_command_and_argument_has_its_chinese_help() {
        let mut texts = Vec::new();
        every_text(&Cli::command(), &mut texts);
        let missing: Vec<_> = texts
            .iter()
            .filter(|(_, text)| chinese::of(text).is_none())
            .collect();
        assert!(missing.is_empty(), "add to help/chinese.rs: {missing:#?}");
        let unused: Vec<_> = chinese::TEXTS
            .iter()
            .filter(|(english, _)| !texts.iter().any(|(_, text)| text == english))
            .collect();
        assert!(unused.is_empty(), "no command says this any more: {unused:#?}");
    }

    #[test]
    fn the_help_is_in_one_language_and_ends_with_the_exit_codes() {
        let help = |language| {
            in_language(Cli::command(), language)
                .render_long_help()
                .to_string()
        };
        let chinese = help(Language::Zh);
        for wanted in ["用法：", "命令:", "选项:", "显示帮助", "3  待定"] {
            assert!(chinese.contains(wanted), "{wanted}: {chinese}");
        }
        for english in ["Usage", "Options", "Commands", "Print help"] {
            assert!(!chinese.contains(english), "{english}: {chinese}");
        }
        assert!(help(Language::En).contains("3  inconclusive"));
        for language in [Language::Zh, Language::En] {
            in_language(Cli::command(), language).debug_assert();
        }
    }
}
