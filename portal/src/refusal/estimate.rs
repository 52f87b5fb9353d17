//! Error estimates (误差远程估计) that these readings do not allow.

use super::refusals;

refusals! {
    "estimate-without-meters" UNPROCESSABLE_ENTITY without_meters(name: &str)
        "No meter stands behind \"{name}\": enter it as the master of its sub-meters."
        "“{name}”之下没有分表，请在分表台账中登记其总表。";
    "no-readings" UNPROCESSABLE_ENTITY no_readings(name: &str)
        "There are no energy readings of \"{name}\" in this window; choose one in which it was read."
        "该时段内没有“{name}”的电能读数，请选择有采集数据的时段。";
    "estimate-without-sub-readings" UNPROCESSABLE_ENTITY no_sub_readings()
        "None of the meters behind this master was read in this window."
        "该时段内各分表均无电能读数。";
    "estimate-before-change" UNPROCESSABLE_ENTITY before_change(name: &str, since: &str)
        "In this window meter, model or ratios of \"{name}\" were changed at {since}: earlier readings are left out. Choose a window that begins after it."
        "“{name}”的表计、型号或变比于 {since} 更改：此前的读数不参与估计，请选择此后开始的时段。";
    "estimate-no-energy" UNPROCESSABLE_ENTITY no_energy(name: &str)
        "\"{name}\" counts no active energy: it is no part of this balance."
        "“{name}”没有有功电能示值，不能参与电量平衡，请从总表之下移出。";
    "estimate-ratios-too-large" UNPROCESSABLE_ENTITY ratios_too_large(name: &str)
        "The ratios of \"{name}\" are too large."
        "“{name}”的变比过大。";
    "estimate-no-common-boundary" UNPROCESSABLE_ENTITY no_common_boundary()
        "The reading periods of these meters have no common boundary within a day: give them periods that divide one another."
        "各表采集周期在一天内没有公共时刻，请设为可整除的周期。";
    "estimate-too-few-intervals" UNPROCESSABLE_ENTITY too_few_intervals(given: usize, needed: usize)
        "Only {given} intervals can be used and {needed} are needed: choose a longer window or wait for more readings."
        "可用时段仅 {given} 个，至少需要 {needed} 个：请选择更长的时段或等待更多读数。";
    "estimate-master-stands" UNPROCESSABLE_ENTITY master_stands(name: &str)
        "The master {name} did not count: there is nothing to compare with."
        "总表 {name} 未走字：无从比较。";
    "estimate-too-many-meters" UNPROCESSABLE_ENTITY too_many_meters(given: usize, most: usize)
        "{given} meters stand behind the master and at most {most} can be told apart: group them by masters in between."
        "总表之下有 {given} 块分表，最多 {most} 块：请按中间总表分组。";
    "estimate-unsolvable" UNPROCESSABLE_ENTITY unsolvable()
        "The readings differ too much in size to be solved: check units and ratios."
        "各表读数量级相差过大，无法求解：请核对单位与倍率。";
    /// The engine's own words are the problem's `cause`.
    "estimate-readings-not-usable" UNPROCESSABLE_ENTITY readings_not_usable()
        "The readings cannot be used for an estimate."
        "读数无法用于估计。";
}
