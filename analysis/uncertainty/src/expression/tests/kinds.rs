//! What may be added to what, beyond the dimension.

use super::bound;

/// Active, reactive and apparent power are three kinds; what makes one of another is written.
#[test]
fn kinds_of_power_do_not_mix() {
    let symbols = [
        ("P", "kW"),
        ("Q", "kvar"),
        ("S", "kV·A"),
        ("U", "V"),
        ("I", "A"),
        ("phi", "°"),
        ("λ", "1"),
        ("E", "kW·h"),
        ("Er", "kvar·h"),
        ("h", "h"),
    ];
    let value = |text: &str, result: &str| {
        let values = [4.0, 3.0, 5.0, 230.0, 10.0, 60.0, 0.8, 8.0, 6.0, 2.0];
        bound(text, &symbols, result).unwrap().value(&values).unwrap()
    };
    let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} {b}");
    near(value("sqrt(S^2 - Q^2)", "kW"), 4.0);
    near(value("sqrt(P^2 + Q^2)", "kV·A"), 5.0);
    near(value("U*I*cos(phi)", "W"), 1150.0);
    near(value("U*I", "V·A"), 2300.0);
    near(value("U*I*sin(phi)", "kvar"), 2.3 * 3.0_f64.sqrt() / 2.0);
    near(value("atan(Q/P)", "rad"), 0.75_f64.atan());
    near(value("P/S", "1"), 0.8);
    near(value("S*λ*1 [W/(V·A)]", "kW"), 4.0);
    near(value("E/h + P", "kW"), 8.0);
    near(value("Er/h + Q", "kvar"), 6.0);
    near(value("P + U*I*λ", "W"), 5840.0);
    for (text, result, wanted) in [
        ("Q", "kW", "reactive power"),
        ("S", "kW", "power factor"),
        ("P", "kV·A", "power factor"),
        ("P + Q", "kW", "reactive power"),
        ("P + S", "kW", "power factor"),
        ("S - Q", "kV·A", "reactive power"),
        ("E + Er", "kW·h", "reactive power"),
        ("Er/h", "kW", "reactive power"),
        ("(P + U*I) + Q", "kW", "reactive power"),
        ("2*Q", "kW", "reactive power"),
        ("λ*Q", "kW", "reactive power"),
        ("S*λ", "kW", "power factor"),
        ("max(P, Q)", "kW", "reactive power"),
        ("P/U + Q/U", "A", "reactive power"),
    ] {
        let refused = bound(text, &symbols, result)
            .map(|_| "bound")
            .unwrap_err()
            .to_string();
        assert!(refused.contains(wanted), "{text}: {refused}");
    }
    let dose = [("H", "Sv"), ("D", "Gy"), ("f", "Hz"), ("a", "Bq")];
    assert!(bound("H + D", &dose, "Gy").is_err());
    assert!(bound("a - f", &dose, "Bq").is_err());
    assert!(bound("D*20 [Sv/Gy] + H", &dose, "mSv").is_ok());
    let gas = [("V", "m³"), ("Vn", "Nm³"), ("T", "N·m")];
    for text in ["V + Vn", "Vn", "T"] {
        assert!(bound(text, &gas, "m³").is_err(), "{text}");
    }
}

/// A value in ℃ counts from 0 ℃: a product takes a difference of two, or a coefficient that counts from there too.
#[test]
fn a_temperature_in_celsius_is_no_factor() {
    let symbols = [
        ("t", "℃"),
        ("t0", "℃"),
        ("T", "K"),
        ("c", "J/(kg·K)"),
        ("m", "kg"),
        ("p", "Pa"),
        ("V", "m³"),
        ("n", "mol"),
        ("R", "J/(mol·K)"),
        ("a", "1/℃"),
        ("b", "1/℃²"),
        ("α", "1/K"),
        ("S", "μV/℃"),
    ];
    for (text, result) in [
        ("c*m*(t - t0)", "J"),
        ("c*m*(t - 0 [℃])", "J"),
        ("c*m*T", "J"),
        ("p*V/(R*T)", "mol"),
        ("n*R*T/V", "Pa"),
        ("1 + a*t + b*t^2", "1"),
        ("b*(4*t^2 - 300 ℃*t) + 1", "1"),
        ("1 + α*(t - 20 [℃])", "1"),
        ("S*t", "mV"),
        ("S*(t - t0)", "mV"),
        ("(t + t0)/2", "℃"),
        ("0.5*t + 1 [℃]", "℃"),
        ("(t - t0)/T", "%"),
        ("abs(t)*0.002 + 0.15 [℃]", "℃"),
    ] {
        bound(text, &symbols, result).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
    for (text, result) in [
        ("c*m*t", "J"),
        ("c*m*t + c*m*t0", "J"),
        ("c*m*t - 2*c*m*t0", "J"),
        ("a*(4*t^2 - 300 ℃*t)", "℃"),
        ("n*R*t/V", "Pa"),
        ("p*V/(R*t)", "mol"),
        ("1 + α*t", "1"),
        ("exp(α*t)", "1"),
        ("1 + a*t^2/1 [℃]", "1"),
        ("(t - t0)/t0", "%"),
        ("t/t0", "1"),
        ("t^-1*T", "1"),
        ("t*t", "K²"),
    ] {
        let refused = bound(text, &symbols, result)
            .map(|_| "bound")
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("counts from 0 ℃") || refused.contains("cannot be raised"),
            "{text}: {refused}"
        );
    }
    for level in ["dBm", "dBW", "dBμV", "°F"] {
        let refused = bound("x", &[("x", level)], level)
            .map(|_| "bound")
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("counts from a point of its own"),
            "{level}: {refused}"
        );
    }
    assert!(bound("x - y", &[("x", "pH"), ("y", "pH")], "pH").is_ok());
}
