use super::improvement;

/// Against the integral of the gain over the normal density, by the midpoint rule.
#[test]
fn the_expected_improvement_is_the_integral_of_the_gain() {
    for (above, deviation) in [(0.0, 1.0), (0.5, 0.3), (-0.5, 0.3), (-2.0, 0.5), (3.0, 0.1)] {
        let n = 200_000;
        let step = 16.0 / f64::from(n);
        let gain = |at: i32| {
            let z = -8.0 + (f64::from(at) + 0.5) * step;
            let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
            (above + deviation * z).max(0.0) * density * step
        };
        let integral: f64 = (0..n).map(gain).sum();
        let closed = improvement(above, deviation);
        assert!((closed - integral).abs() < 1e-7, "{above} {deviation}: {closed} and {integral}");
    }
}
