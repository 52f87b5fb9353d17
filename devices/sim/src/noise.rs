//! Reproducible noise from integers: the same seed and place give the same value on every machine.

/// SplitMix64 over a seed and two coordinates.
pub(crate) fn hash(seed: u64, stream: u64, place: i64) -> u64 {
    let mut z = seed
        .wrapping_add(stream.wrapping_mul(0xD1B5_4A32_D192_ED03))
        .wrapping_add((place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Evenly spread in `-1000..=1000`.
pub(crate) fn white(seed: u64, stream: u64, place: i64) -> i64 {
    (hash(seed, stream, place) % 2001) as i64 - 1000
}

/// Smooth in `-1000..=1000`: white values at every `knot`-th place, straight lines between them.
pub(crate) fn smooth(seed: u64, stream: u64, place: i64, knot: i64) -> i64 {
    let (at, rest) = (place.div_euclid(knot), place.rem_euclid(knot));
    let (from, to) = (white(seed, stream, at), white(seed, stream, at + 1));
    from + (to - from) * rest / knot
}

/// The seed of a named thing within a site.
pub(crate) fn seed_of(site: u64, name: &str) -> u64 {
    name.bytes()
        .fold(hash(site, 0, 0), |seed, byte| hash(seed, 1, i64::from(byte)))
}
