//! Test reads (试读).

use super::refusals;

refusals! {
    "too-many-probes" TOO_MANY_REQUESTS too_many_probes(most: usize, seconds: u64)
        "At most {most} test reads a minute go through one collector; try again in {seconds} s."
        "同一采集器每分钟最多试读 {most} 次，请 {seconds} 秒后再试。";
    "collector-silent" GATEWAY_TIMEOUT collector_silent(collector: &str)
        "The collector \"{collector}\" did not answer. Is it running and connected?"
        "采集器“{collector}”未应答，请检查其是否运行并已连接。";
    "host-out-of-reach" UNPROCESSABLE_ENTITY host_out_of_reach(collector: &str, host: &str, networks: &str)
        "The collector \"{collector}\" opens no connection to {host}, only to {networks}; `networks` in [modbus] of its configuration says so."
        "采集器“{collector}”不会连接 {host}，仅允许 {networks}；可在采集器配置 [modbus] 的 networks 中修改。";
}
