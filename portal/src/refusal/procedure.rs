//! Procedures (检测规程).

use super::refusals;

refusals! {
    /// The engine's own words are the problem's `cause`.
    "procedure-file-refused" UNPROCESSABLE_ENTITY file_refused(line: usize, column: usize)
        "The file is refused at line {line}, column {column}."
        "规程文件第 {line} 行第 {column} 列有误。";
    "procedure-unknown" UNPROCESSABLE_ENTITY unknown(id: &str)
        "There is no procedure \"{id}\"."
        "没有检测规程“{id}”。";
    "procedure-is-period-check" UNPROCESSABLE_ENTITY is_period_check(id: &str)
        "\"{id}\" is a period check; it verifies nothing."
        "“{id}”为期间核查规程，不能用于在线检测。";
    "procedure-is-verification" UNPROCESSABLE_ENTITY is_verification(id: &str)
        "\"{id}\" is an online verification and no period check."
        "“{id}”为在线检测规程，不能用于期间核查。";
    "procedure-not-draft" UNPROCESSABLE_ENTITY not_draft()
        "A procedure is entered as a draft: write status = \"draft\". An administrator approves it here."
        "规程须以草案录入：请写 status = \"draft\"，由管理员在此批准。";
    "procedure-version-shipped" UNPROCESSABLE_ENTITY version_shipped(version: u32, id: &str)
        "Version {version} of \"{id}\" ships with the engine; raise the version or choose another id."
        "“{id}”第 {version} 版随系统提供，请提高版本号或更换标识。";
    "procedure-already-approved" UNPROCESSABLE_ENTITY already_approved()
        "This procedure has been approved; approve a draft."
        "该规程已批准，只能批准草案。";
    "procedure-basis-missing" UNPROCESSABLE_ENTITY basis_missing()
        "Enter edition and clause of the official text."
        "请填写正式文本的版本与条款。";
    "own-draft" FORBIDDEN own_draft()
        "A draft is approved by someone other than the person who entered it."
        "不能批准本人录入的规程，须由他人批准。";
}
