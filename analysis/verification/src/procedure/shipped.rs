//! The procedures that ship with the engine, all drafts until an approver enters edition and clause.

/// Every shipped file of this format: its id and its text.
pub const SHIPPED: &[(&str, &str)] = &[
    (
        "energy-meter-online",
        include_str!("../../../procedures/energy-meter-online.toml"),
    ),
    (
        "digital-pressure-gauge-online",
        include_str!("../../../procedures/digital-pressure-gauge-online.toml"),
    ),
    (
        "pressure-transmitter-online",
        include_str!("../../../procedures/pressure-transmitter-online.toml"),
    ),
    (
        "thermo-hygrometer-temperature-online",
        include_str!("../../../procedures/thermo-hygrometer-temperature-online.toml"),
    ),
    (
        "thermo-hygrometer-humidity-online",
        include_str!("../../../procedures/thermo-hygrometer-humidity-online.toml"),
    ),
    (
        "platinum-rtd-chain-online",
        include_str!("../../../procedures/platinum-rtd-chain-online.toml"),
    ),
    (
        "platinum-rtd-resistance-online",
        include_str!("../../../procedures/platinum-rtd-resistance-online.toml"),
    ),
    (
        "water-meter-online",
        include_str!("../../../procedures/water-meter-online.toml"),
    ),
    (
        "gas-meter-online",
        include_str!("../../../procedures/gas-meter-online.toml"),
    ),
];
