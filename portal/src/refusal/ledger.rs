//! What the ledger refuses: its rules hold even against the portal.

use super::refusals;

refusals! {
    "stale" PRECONDITION_FAILED stale()
        "Someone changed this since you opened it. Reload and try again."
        "该记录在您打开后已被他人修改，请刷新后重试。";
    "own-work" FORBIDDEN own_work()
        "A conclusion is reviewed by someone other than the person who ran it."
        "不能核验本人完成的检测，须由他人核验。";
    "already-reviewed" CONFLICT already_reviewed()
        "This conclusion has been reviewed; it cannot be changed any more."
        "该结论已核验，不可再更改。";
    "already-closed" CONFLICT already_closed()
        "This plan has been closed; it cannot be changed any more."
        "该计划已关闭，不可再更改。";
    "device-taken" CONFLICT device_taken(device: &str)
        "Another instrument has the device name \"{device}\"."
        "设备标识“{device}”已被其他仪表使用。";
    /// A row that something else than this program wrote. It is named: only a backup helps.
    "unreadable-record" INTERNAL_SERVER_ERROR unreadable(table: &str, id: &str, column: &str)
        "The ledger's record {table}/{id} cannot be read (column {column}). Nothing was changed; restore it from a backup. The log says what was found."
        "台账记录 {table}/{id} 的 {column} 列无法读取，未作任何更改，请从备份恢复；详情见日志。";
    "invalid-field" UNPROCESSABLE_ENTITY invalid(field: &str, reason: &str)
        "{field}: {reason}."
        "字段 {field} 有误：{reason}。";
}
