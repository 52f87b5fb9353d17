//! Plans, and what closes them.

use super::refusals;

refusals! {
    "plan-not-closed-as-open" UNPROCESSABLE_ENTITY not_closed_as_open()
        "A plan is closed as done or cancelled."
        "关闭状态应为已完成或已取消。";
    "plan-done-by-no-run" UNPROCESSABLE_ENTITY done_by_no_run()
        "Name the confirmed run that carried it out."
        "请选择完成该计划的已核验检测。";
    "plan-cancelled-with-run" UNPROCESSABLE_ENTITY cancelled_with_run()
        "A plan that is cancelled was carried out by no run."
        "取消的计划不能关联检测。";
    "plan-cancelled-without-reason" UNPROCESSABLE_ENTITY cancelled_without_reason()
        "Say why the plan is given up."
        "请填写取消原因。";
}
