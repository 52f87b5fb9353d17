//! What the ledger refuses: its rules hold even against the portal.

use ledger::{DatabaseFailure, LedgerError, Rule};

use super::{Thing, refusals};
use crate::problem::Problem;

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
    "collector-not-at-site" UNPROCESSABLE_ENTITY collector_not_at_site(collector: &str)
        "There is no collector \"{collector}\" at this site."
        "该站点没有采集器“{collector}”。";
    "master-not-at-site" UNPROCESSABLE_ENTITY master_not_at_site()
        "There is no such instrument at this site."
        "该站点没有此总表。";
    "master-behind-itself" UNPROCESSABLE_ENTITY master_behind_itself()
        "The instrument would stand behind itself."
        "仪表不能位于自身之下。";
    "meters-left-behind" UNPROCESSABLE_ENTITY meters_left_behind()
        "Meters of its present site stand behind it; give them another master first."
        "现站点仍有分表位于该表之下，请先为其更换总表。";
    "note-too-long" UNPROCESSABLE_ENTITY note_too_long(most: usize)
        "The note has at most {most} characters."
        "备注最多 {most} 个字符。";
    "reference-is-instrument" UNPROCESSABLE_ENTITY reference_is_instrument()
        "An instrument is not its own reference."
        "仪表不能以自身为标准器。";
    "due-in-past" UNPROCESSABLE_ENTITY due_in_past()
        "The due date lies in the past."
        "到期日期不能早于今天。";
    "run-not-of-plan" UNPROCESSABLE_ENTITY run_not_of_plan()
        "The instrument has no such run of this kind."
        "该仪表没有此类检测。";
    "run-not-confirmed" UNPROCESSABLE_ENTITY run_not_confirmed()
        "This run has not been confirmed."
        "该检测尚未核验通过。";
    "version-stands" UNPROCESSABLE_ENTITY version_stands()
        "This version stands already, raise the version in the file."
        "该版本已存在，请提高规程文件中的版本号。";
    "job-ended" CONFLICT job_ended()
        "The job's present state does not allow this; look at the job again."
        "任务的当前状态不允许此操作，请刷新后查看。";
    "records-unavailable" SERVICE_UNAVAILABLE unavailable()
        "The database of the records cannot be used now. Nothing was changed; try again in a moment."
        "台账数据库暂时不可用，未作任何更改，请稍后重试。";
    "records-uncertain" SERVICE_UNAVAILABLE uncertain()
        "The connection to the database was lost while the change was being kept. Reload and look whether it stands."
        "保存过程中与数据库的连接中断，请刷新页面确认更改是否已保存。";
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NotFound { what } => super::request::not_found(thing(what)),
            LedgerError::Stale { .. } => stale(),
            LedgerError::OwnWork => own_work(),
            LedgerError::AlreadyReviewed => already_reviewed(),
            LedgerError::AlreadyClosed => already_closed(),
            // Taken away while the request was on its way.
            LedgerError::NotPermitted { .. } => super::request::forbidden(),
            LedgerError::DeviceTaken(device) => device_taken(&device).on_field("device"),
            LedgerError::Invalid { field, ref rule } => match broken(rule) {
                Some(problem) => problem.on_field(field),
                None => Problem::internal(&error),
            },
            LedgerError::Unreadable {
                table,
                ref id,
                ref column,
                ..
            } => {
                tracing::error!(%error, "a request met a row that cannot be read");
                unreadable(table, id, column)
            }
            LedgerError::ClaimLost | LedgerError::JobEnded => job_ended(),
            LedgerError::Database(ref failure) => {
                tracing::error!(%error, "the database of the records failed");
                match failure {
                    DatabaseFailure::Uncertain(_) => uncertain(),
                    DatabaseFailure::Unreachable(_) | DatabaseFailure::Full(_) | DatabaseFailure::Busy(_) => {
                        unavailable()
                    }
                    _ => Problem::internal(&error),
                }
            }
            LedgerError::Open { .. } | LedgerError::Password(_) => Problem::internal(&error),
        }
    }
}

/// `None` for what no request of a person can break: the program itself was wrong.
fn broken(rule: &Rule) -> Option<Problem> {
    Some(match rule {
        Rule::CollectorOfSite(collector) => collector_not_at_site(collector),
        Rule::MasterOfSite => master_not_at_site(),
        Rule::NotBehindItself => master_behind_itself(),
        Rule::NoMetersLeftBehind => meters_left_behind(),
        Rule::AtMost(most) => note_too_long(*most),
        Rule::NotItsOwnReference => reference_is_instrument(),
        Rule::NotInThePast => due_in_past(),
        Rule::SayWhy => super::plan::cancelled_without_reason(),
        Rule::RunThatFits => run_not_of_plan(),
        Rule::ConfirmedRun => run_not_confirmed(),
        Rule::NewVersion => version_stands(),
        Rule::EndsAfterBegin => super::run::window_upside_down(),
        Rule::Body(_)
        | Rule::Digest
        | Rule::NotEmpty
        | Rule::AtLeast(_)
        | Rule::KnownZone(_)
        | Rule::Time(_) => return None,
    })
}

fn thing(what: &str) -> Thing {
    match what {
        "account" => Thing::Account,
        "collector" => Thing::Collector,
        "estimate" => Thing::Estimate,
        "instrument" => Thing::Instrument,
        "plan" => Thing::Plan,
        "run" => Thing::Run,
        "site" => Thing::Site,
        _ => Thing::Object,
    }
}
