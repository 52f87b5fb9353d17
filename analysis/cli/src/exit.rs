//! How the program ends: one table for all commands, printed below the help.

use std::process::ExitCode;

use crate::language::Language;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Answered; where a verdict was asked for, 符合.
    Conforms,
    DoesNotConform,
    /// Input, file or arguments that cannot be used.
    Refused,
    Inconclusive,
}

impl Exit {
    const ALL: [Self; 4] = [
        Self::Conforms,
        Self::DoesNotConform,
        Self::Refused,
        Self::Inconclusive,
    ];

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::DoesNotConform => 1,
            Self::Refused => 2,
            Self::Inconclusive => 3,
        }
    }

    fn meaning(self, language: Language) -> &'static str {
        match self {
            Self::Conforms => language.pick(
                "已答复；要求结论时为符合",
                "answered; where a verdict is asked for, it conforms (符合)",
            ),
            Self::DoesNotConform => language.pick("不符合", "does not conform (不符合)"),
            Self::Refused => language.pick(
                "拒绝：参数、文件或数据不能使用，说明位置与改法",
                "refused: arguments, file or data cannot be used; the message names place and cure",
            ),
            Self::Inconclusive => language.pick("待定", "inconclusive (待定)"),
        }
    }

    /// The table as it stands below the help.
    pub(crate) fn table(language: Language) -> String {
        let line = |exit: &Self| format!("  {}  {}", exit.code(), exit.meaning(language));
        let lines: Vec<String> = Self::ALL.iter().map(line).collect();
        format!(
            "{}\n{}",
            language.pick("退出码：", "Exit codes:"),
            lines.join("\n")
        )
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
