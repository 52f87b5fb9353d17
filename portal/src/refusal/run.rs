//! Runs that cannot begin, and their review. What can begin but not be judged is 待定, not a refusal.

use super::{Text, refusals};

refusals! {
    "window-upside-down" UNPROCESSABLE_ENTITY window_upside_down()
        "The window ends before it begins."
        "结束时间须晚于开始时间。";
    "window-in-future" UNPROCESSABLE_ENTITY window_in_future()
        "The window reaches into the future."
        "时段不能超过当前时间。";
    "window-too-long" UNPROCESSABLE_ENTITY window_too_long(days: u32)
        "A window has at most {days} days."
        "时段最长 {days} 天。";
    "window-without-period" UNPROCESSABLE_ENTITY window_without_period()
        "The window holds no whole reading period."
        "时段内没有完整的采集周期。";
    "window-before-change" UNPROCESSABLE_ENTITY window_before_change(name: &str, since: &str)
        "Meter, model or ratios of \"{name}\" were changed at {since}; choose a window that begins after it."
        "“{name}”的表计、型号或变比于 {since} 更改，请选择此后开始的时段。";
    "reference-missing" UNPROCESSABLE_ENTITY reference_missing()
        "Choose the reference to compare with."
        "请选择比对用标准表。";
    "reference-is-subject" UNPROCESSABLE_ENTITY reference_is_subject()
        "A meter cannot check itself."
        "仪表不能以自身为标准。";
    "model-gone" UNPROCESSABLE_ENTITY model_gone(model: &str)
        "The model \"{model}\" is no longer in the catalogue."
        "型号“{model}”已不在目录中。";
    "not-energy-meter" UNPROCESSABLE_ENTITY not_energy_meter()
        "This is not an energy meter."
        "该仪表不是电能表。";
    "point-in-unit-missing" UNPROCESSABLE_ENTITY point_in_unit_missing(name: &str, point: &str, unit: &str)
        "\"{name}\" has no point \"{point}\" in {unit}, which the procedure reads."
        "“{name}”没有规程所需的测点“{point}”（{unit}）。";
    "behind-transformers" UNPROCESSABLE_ENTITY behind_transformers()
        "This procedure reads the display itself, the instrument is registered with transformers."
        "该规程直接采用示值，而该仪表登记有互感器变比。";
    "value-not-asked-for" UNPROCESSABLE_ENTITY value_not_asked_for(symbol: &str)
        "The procedure has no value \"{symbol}\"."
        "该规程没有参数“{symbol}”。";
    "value-missing" UNPROCESSABLE_ENTITY value_missing(title: &Text, symbol: &str, unit: &str)
        "Enter {title} ({symbol}, {unit})."
        "请填写{title}（{symbol}，{unit}）。";
    "value-in-other-unit" UNPROCESSABLE_ENTITY value_in_other_unit(unit: &str)
        "Give it in {unit}, the unit of the readings."
        "请以读数的单位 {unit} 填写。";
    "value-not-positive" UNPROCESSABLE_ENTITY value_not_positive()
        "The value must be above zero."
        "填写的数值须大于零。";
    "standard-incomplete" UNPROCESSABLE_ENTITY standard_incomplete()
        "A check standard has an assigned value and its U (k = 2): give both."
        "核查标准须同时给出赋值及其 U（k=2）。";
    "uncertainty-missing" UNPROCESSABLE_ENTITY uncertainty_missing(name: &str)
        "\"{name}\" has no certificate with an uncertainty; E_n needs one on both sides."
        "“{name}”没有给出不确定度的证书，E_n 核查双方均须有不确定度。";
    "nothing-to-start-anew" UNPROCESSABLE_ENTITY nothing_to_start_anew()
        "The procedure has neither chart nor drift; there is nothing to start."
        "该规程没有控制图和漂移，无从重新开始。";
    "point-fixed" UNPROCESSABLE_ENTITY point_fixed(point: &str)
        "The procedure compares \"{point}\"."
        "该规程比对的测点是“{point}”。";
    "point-not-comparable" UNPROCESSABLE_ENTITY point_not_comparable(point: &str)
        "This model has no point \"{point}\" to compare."
        "该型号没有可比对的测点“{point}”。";
    "units-differ" UNPROCESSABLE_ENTITY units_differ(one: &str, other: &str)
        "The two instruments report in {one} and {other}."
        "两台仪表单位不同：{one} 与 {other}。";
    "nothing-in-common" UNPROCESSABLE_ENTITY nothing_in_common()
        "The two instruments indicate nothing in common."
        "两台仪表没有相同的示值。";
    "point-not-chosen" UNPROCESSABLE_ENTITY point_not_chosen(count: usize)
        "There are {count} points to compare: choose one."
        "可比对的测点有 {count} 个，请选择其一。";
    /// The engine's own words are the problem's `cause`.
    "evidence-not-usable" UNPROCESSABLE_ENTITY evidence_not_usable()
        "The readings of this window give no usable evidence."
        "该时段的读数不能构成可用的证据。";
    "value-too-large" UNPROCESSABLE_ENTITY value_too_large()
        "The values are too large for an exact decimal."
        "数值过大，无法精确计算。";
    "return-without-reason" UNPROCESSABLE_ENTITY return_without_reason()
        "Say why the conclusion goes back."
        "请填写退回原因。";
}
