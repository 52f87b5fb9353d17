//! Kinds of quantity that instruments here indicate.

use serde::{Deserialize, Serialize};

/// What a point measures (量).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// 有功电能
    ActiveEnergy,
    /// 无功电能
    ReactiveEnergy,
    /// 有功功率
    ActivePower,
    /// 无功功率
    ReactivePower,
    /// 电压
    Voltage,
    /// 电流
    Current,
    /// 功率因数
    PowerFactor,
    /// 频率
    Frequency,
    /// 压力
    Pressure,
    /// 温度
    Temperature,
    /// 相对湿度
    RelativeHumidity,
    /// 体积
    Volume,
    /// 流量
    Flow,
    /// 电阻
    Resistance,
    /// Status words and flags, which have no unit.
    Status,
}
