use super::*;

/// GB/T 4883-2008 §7.3.3 a): D'16 = (1250 − 1125)/(1324 − 1125) = 125/199 against 0.505 and 0.597.
#[test]
fn dixon_example_of_the_standard() {
    let data = [
        1125.0, 1248.0, 1250.0, 1259.0, 1273.0, 1279.0, 1285.0, 1285.0, 1293.0, 1300.0, 1305.0, 1312.0,
        1315.0, 1324.0, 1325.0, 1350.0,
    ];
    let test = dixon(&data, Side::Lower).unwrap();
    assert!((test.statistic - 125.0 / 199.0).abs() < 1e-12);
    assert!((test.critical_95 - 0.505).abs() < 1e-12 && (test.critical_99 - 0.597).abs() < 1e-12);
    assert!(test.straggler() && test.outlier());
    assert!((test.suspect - 1125.0).abs() < 1e-9);
    // The other end: (1350 − 1324)/(1350 − 1250) = 0.26.
    let upper = dixon(&data, Side::Upper).unwrap();
    assert!((upper.statistic - 0.26).abs() < 1e-12 && !upper.straggler());
}

/// The ratio of each range of n, on 1, 2, …, n−1 and a far end: by hand.
#[test]
fn dixon_takes_the_ratio_of_its_range() {
    let far = |n: u8| -> Vec<f64> { (1..n).map(f64::from).chain([100.0]).collect() };
    // r10 = (x_n − x_{n−1})/(x_n − x_1), r11 to x_2, r21 and r22 from x_{n−2} to x_2 and x_3.
    for (n, wanted) in [
        (7, 94.0 / 99.0),
        (8, 93.0 / 98.0),
        (10, 91.0 / 98.0),
        (11, 91.0 / 98.0),
        (13, 89.0 / 98.0),
        (14, 88.0 / 97.0),
        (30, 72.0 / 97.0),
    ] {
        let test = dixon(&far(n), Side::Upper).unwrap();
        assert!((test.statistic - wanted).abs() < 1e-12, "{n}: {}", test.statistic);
    }
    let many: Vec<f64> = (0..31).map(f64::from).collect();
    assert!(matches!(
        dixon(&many, Side::Upper),
        Err(StatisticsError::TooMany { most: 30, .. })
    ));
    assert_eq!(dixon(&many, Side::Both), Err(StatisticsError::OneSided));
}

/// Two-sided critical values are the one-sided ones at half the level (GB/T 4883-2008 table A.2,
/// columns 0.975 and 0.995).
#[test]
fn grubbs_on_both_sides() {
    let data = [4.7, 5.4, 6.0, 6.5, 7.3, 7.7, 8.2, 9.0, 10.1, 14.0];
    let test = grubbs(&data, Side::Both).unwrap();
    assert!((test.statistic - grubbs(&data, Side::Upper).unwrap().statistic).abs() < 1e-15);
    assert_eq!(
        format!("{:.3} {:.3}", test.critical_95, test.critical_99),
        "2.290 2.482"
    );
    // 2.260 is a straggler of the upper side alone, not of both.
    assert!(!test.straggler());
    let mirrored: Vec<f64> = data.iter().map(|x| -x).collect();
    let low = grubbs(&mirrored, Side::Both).unwrap();
    assert!((low.statistic - test.statistic).abs() < 1e-12 && (low.suspect + 14.0).abs() < 1e-12);
}
