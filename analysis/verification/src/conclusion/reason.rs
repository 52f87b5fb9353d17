//! Reasons as stable codes with parameters, and their sentences.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Parameters of a reason, by name.
pub type Parameters = BTreeMap<String, String>;

macro_rules! codes {
    ($($variant:ident, $zh:literal, $en:literal;)*) => {
        /// Why something was left out or left open. The kebab-case name is published and stays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Code { $($variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            fn texts(self) -> (&'static str, &'static str) {
                match self { $(Code::$variant => ($zh, $en),)* }
            }
        }
    };
}

codes! {
    CertificateAbsent, "标准器没有证书", "the reference has no certificate";
    CertificateExpired, "标准器证书 {number} 于 {valid_to} 到期，早于数据窗口结束日 {end}", "certificate {number} of the reference expired on {valid_to}, before the window ends on {end}";
    CertificateNotYetValid, "标准器证书 {number} 自 {valid_from} 起有效，晚于数据窗口开始日 {start}", "certificate {number} of the reference is valid from {valid_from}, after the window starts on {start}";
    CertificateUncertaintyInvalid, "标准器证书 {number} 的 {symbol}={u95} {unit} 不是正数", "certificate {number} declares {symbol}={u95} {unit}, which is not positive";
    ReferenceConfigurationChanged, "标准器配置自校准后已改变", "the configuration of the reference changed since its calibration";
    NameplateIncomplete, "铭牌或安装信息缺项或无效：{field}", "the nameplate or installation lacks a valid {field}";
    NoLimitForClass, "限值表中没有 {class} 级、{connection} 的限值", "the table has no limits for class {class}, {connection}";
    CoverageTooLow, "有效数据 {covered}/{expected}，低于规定的 {least}", "{covered} of {expected} times have all readings, less than the required share {least}";
    LargestGapExceeded, "最长缺测 {gap} s，超过 {most} s", "the largest gap is {gap} s, more than {most} s";
    SelfComparison, "被检仪表与标准器是同一台：{zh}均为 {value}", "subject and reference are one instrument: both have the {field} {value}";
    RegisterReset, "{meter} 的寄存器在 {from}～{at} 之间由 {before} 变为 {after}，负荷与翻转均不能解释：时段内换表或复位", "between {from} and {at} the register of {meter} went from {before} to {after}, which neither load nor rollover explains: exchanged or reset inside the window";
    Scatter, "{bin}：各窗口误差分散过大，{from}～{to} 的误差偏离平均值 {deviation} {unit}，超过 {permitted} {unit}（3×U95 与 MPEV/3 中较大者）", "{bin}: the windows scatter too much, the error from {from} to {to} lies {deviation} {unit} off the mean, more than {permitted} {unit} (the larger of 3 × U95 and MPEV/3)";
    LoadsNotTheSame, "两表各区间电能之比不稳定：{apart}/{pairs} 个区间偏离总比值 {deviation} 以上；两表可能不在同一回路，或接线时断时续", "the ratio of both energies is not steady: {apart} of {pairs} intervals lie more than {deviation} off the ratio of the sums; the meters may not be in one circuit, or the wiring comes and goes";
    NoBinJudged, "没有任何检测点可作判定", "no bin could be judged";
    ReadingMissing, "缺少读数", "a reading is missing";
    ReadingNotGood, "读数质量不合格", "a reading is not good";
    EpochChanged, "寄存器倒退且不是合理的翻转，视为换表或复位", "a register went back and no plausible rollover explains it: meter exchanged or reset";
    ImplausibleStep, "寄存器增量超过 Imax·U·t 的合理上限", "a register step exceeds what Imax·U·t allows";
    LoadMissing, "缺少合格的电流或功率因数", "current or power factor is missing or not good";
    LoadUnbalanced, "各相电流不平衡超过规定", "the phase currents differ by more than declared";
    CurrentBelowTable, "电流低于限值表下限", "the current lies below the table";
    CurrentAboveMaximum, "电流超过最大电流", "the current exceeds the maximum current";
    PowerFactorOutsideBins, "功率因数不在任何检测点范围内", "the power factor lies in no bin";
    LoadCrossesBins, "区间两端负荷落在不同检测点", "the load at both ends lies in different bins";
    ClockSkewTooLarge, "两表采样时刻相差超过规定", "both meters were read too far apart in time";
    TooFewPairs, "有效读数对 {pairs} 个，少于 {least} 个", "{pairs} valid pairs of readings, fewer than {least}";
    UncertaintyNotPositive, "不确定度必须为正数", "an uncertainty is not positive";
    DifferenceTooLarge, "|差值| {difference} {unit} 超过 √(U²+Uref²)", "|difference| {difference} {unit} exceeds √(U²+Uref²)";
    EvidenceDoesNotFit, "证据不符合程序要求：{place}，{detail}", "the evidence does not fit the procedure: {place}, {detail}";
    ReadingLate, "读数晚于规定的时限", "a reading was taken later than permitted";
    LoadUnsteady, "工况不稳定，相邻读数变化超过规定", "the load was not steady: neighbouring readings differ by more than declared";
    OutsideBins, "不在任何检测点（区间）内", "lies in no bin";
    NoValue, "公式在此处无值：{detail}", "the formula has no value here: {detail}";
    NoReadings, "没有可用读数", "no usable reading";
    NearLimitMoreReadings, "{bin}：平均误差 {mean} {unit} 处于限值 {limit} {unit} 的 {from}～{to} 倍，还需 {missing} 个读数", "{bin}: the mean {mean} {unit} lies at {from} to {to} times the limit {limit} {unit}; {missing} more readings needed";
    TooFewReadings, "可用读数 {readings} 个，少于 {least} 个", "{readings} usable readings, fewer than {least}";
    UncertaintyTooLarge, "U={u95} {unit}，大于最大允许误差绝对值 {limit} {unit} 的 1/{ratio}", "U={u95} {unit} exceeds 1/{ratio} of the limit {limit} {unit}";
    InsideGuardBand, "{bin}：误差 {mean} {unit} 在 {accepted}～{rejected} {unit} 之间，按所用判定规则不能判定（U={u95} {unit}）", "{bin}: the error {mean} {unit} lies between {accepted} and {rejected} {unit}, undecided by the rule (U={u95} {unit})";
    PointOutsideLimit, "{bin}：误差 {value} {unit}，限值 ±{limit} {unit}", "{bin}: error {value} {unit}, limit ±{limit} {unit}";
    PointNotJudged, "{bin} 未能判定，而程序要求全部检测点", "{bin} could not be judged and the procedure requires every bin";
    TooFewPoints, "控制图上只有 {points} 点，少于 {least} 点", "{points} points on the chart, fewer than {least}";
    NoSpread, "基线数据没有分散性，不能建立控制限", "the baseline does not vary, no limits follow from it";
    BaselineUnstable, "基线本身不受控，自 {at} 起连续 {count} 点（首点 {value}）：{zh}", "the baseline itself is out of control, points in a row from {at}: {count}, the first {value}: {rule}";
    ControlSignal, "自 {at} 起连续 {count} 点（首点 {value}）：{zh}", "points in a row from {at}: {count}, the first {value}: {rule}";
    ChartGap, "{after} 之后连续 {missing} 个时段没有点，多于 {most} 个，判异规则不能跨越", "{missing} spans without a point after {after}, more than {most}: no run rule reaches across";
    PointsAutocorrelated, "各点自相关（r1={r}），移动极差低估 σ，控制限偏窄", "the points are autocorrelated (r1={r}): the moving range understates σ and the limits are narrow";
    DriftReachesLimit, "{zh}：|误差| {error} 加 U {u} 已达最大允许误差 {limit} {unit}", "{of}: |error| {error} with U {u} has reached the MPE of {limit} {unit}";
    DriftNotComputed, "{zh}不能估计漂移：{detail_zh}", "no drift of {of}: {detail}";
    IntervalNotSuggested, "不能建议校准间隔：缺少{zh}", "no interval is suggested without {missing}";
    NoVerdictByDocument, "本规范只给出示值误差和不确定度，不作符合性判定", "the document gives error and uncertainty, no verdict";
}

/// A code, its parameters and the sentences made of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub code: Code,
    pub parameters: Parameters,
    pub zh: String,
    pub en: String,
}

impl Reason {
    /// A reason without parameters.
    pub fn plain(code: Code) -> Self {
        Self::with(code, &[])
    }

    /// A reason whose `{name}` places are filled.
    pub fn with(code: Code, parameters: &[(&str, &str)]) -> Self {
        let fill = |text: &str| {
            parameters.iter().fold(text.to_owned(), |done, (name, value)| {
                done.replace(&format!("{{{name}}}"), value)
            })
        };
        let (zh, en) = code.texts();
        Self {
            code,
            parameters: parameters
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            zh: fill(zh),
            en: fill(en),
        }
    }
}
