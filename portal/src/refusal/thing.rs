//! What may not be there.

use super::Spoken;

/// What was asked for and is not there, or not to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Account,
    Collector,
    Estimate,
    Instrument,
    Object,
    Plan,
    Point,
    Procedure,
    Reading,
    Route,
    Run,
    Site,
}

impl Spoken for Thing {
    fn en(&self) -> String {
        match self {
            Thing::Account => "account",
            Thing::Collector => "collector",
            Thing::Estimate => "estimate",
            Thing::Instrument => "instrument",
            Thing::Object => "object",
            Thing::Plan => "plan",
            Thing::Point => "point",
            Thing::Procedure => "procedure",
            Thing::Reading => "reading",
            Thing::Route => "route",
            Thing::Run => "run",
            Thing::Site => "site",
        }
        .to_owned()
    }

    fn zh(&self) -> String {
        match self {
            Thing::Account => "账户",
            Thing::Collector => "采集器",
            Thing::Estimate => "误差估计",
            Thing::Instrument => "仪表",
            Thing::Object => "对象",
            Thing::Plan => "计划",
            Thing::Point => "测点",
            Thing::Procedure => "检测规程",
            Thing::Reading => "读数",
            Thing::Route => "接口",
            Thing::Run => "检测",
            Thing::Site => "站点",
        }
        .to_owned()
    }
}
