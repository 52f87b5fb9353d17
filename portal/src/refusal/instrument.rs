//! Registering and changing an instrument.

use super::refusals;

refusals! {
    "text-empty" UNPROCESSABLE_ENTITY text_empty(field: &str)
        "{field} must not be empty."
        "{field} 不能为空。";
    "text-too-long" UNPROCESSABLE_ENTITY text_too_long(field: &str, most: usize)
        "{field} has at most {most} characters."
        "{field} 最多 {most} 个字符。";
    "text-with-control-character" UNPROCESSABLE_ENTITY text_with_control_character(field: &str)
        "{field} holds a line break or another control character."
        "{field} 含有换行或其他控制字符。";
    "period-out-of-range" UNPROCESSABLE_ENTITY period_out_of_range()
        "The reading period is between 1 s and 86400 s."
        "采集周期应在 1 s 至 86400 s 之间。";
    "ratio-not-positive" UNPROCESSABLE_ENTITY ratio_not_positive()
        "A transformer ratio is greater than 0."
        "互感器变比必须大于 0。";
    "unknown-model" UNPROCESSABLE_ENTITY unknown_model(model: &str, known: &str)
        "There is no model \"{model}\"; known are {known}."
        "没有型号“{model}”，可用型号：{known}。";
    "protocol-not-spoken" UNPROCESSABLE_ENTITY protocol_not_spoken()
        "This model does not speak that protocol."
        "该型号不支持此通信协议。";
    "port-out-of-range" UNPROCESSABLE_ENTITY port_out_of_range()
        "A port is 1 to 65535."
        "端口应为 1 至 65535。";
    "unit-out-of-range" UNPROCESSABLE_ENTITY unit_out_of_range()
        "A unit on a bus is 1 to 247."
        "站号应为 1 至 247。";
    "unknown-line-format" UNPROCESSABLE_ENTITY unknown_line_format()
        "The format is 8N1, 8E1, 8O1 or 8N2."
        "串口格式应为 8N1、8E1、8O1 或 8N2。";
    "topic-with-wildcard" UNPROCESSABLE_ENTITY topic_with_wildcard()
        "One instrument has one topic: no # or +."
        "一台仪表对应一个主题，不能使用通配符 # 或 +。";
    "no-such-point" UNPROCESSABLE_ENTITY no_such_point()
        "The model has no such point."
        "该型号没有此测点。";
    "range-upside-down" UNPROCESSABLE_ENTITY range_upside_down()
        "The lower end is above the upper."
        "下限大于上限。";
    "issued-in-future" UNPROCESSABLE_ENTITY issued_in_future()
        "A certificate is not issued in the future."
        "签发日期不能晚于今天。";
    "ends-before-issue" UNPROCESSABLE_ENTITY ends_before_issue()
        "The certificate ends before it begins."
        "有效期至应晚于签发日期。";
    "uncertainty-out-of-range" UNPROCESSABLE_ENTITY uncertainty_out_of_range()
        "An expanded uncertainty is greater than 0 and at most 100 %."
        "扩展不确定度应大于 0 且不超过 100 %。";
    "coverage-factor-out-of-range" UNPROCESSABLE_ENTITY coverage_factor_out_of_range()
        "A coverage factor is between 1 and 10."
        "包含因子 k 应在 1 至 10 之间。";
}
