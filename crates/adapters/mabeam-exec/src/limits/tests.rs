use super::*;

#[test]
fn a_limit_of_nothing_is_refused_by_its_name() {
    Limits::default().check().unwrap();
    let cases = [
        ("wall", Limits { wall: Some(Duration::ZERO), ..Limits::default() }),
        ("cpu", Limits { cpu: Some(Duration::ZERO), ..Limits::default() }),
        ("memory", Limits { memory: Some(0), ..Limits::default() }),
        ("address_space", Limits { address_space: Some(0), ..Limits::default() }),
        ("output", Limits { output: 0, ..Limits::default() }),
    ];
    for (name, limits) in cases {
        let error = limits.check().unwrap_err();
        assert!(error.what().contains(&format!("`{name}`")), "{error}");
    }
}

#[test]
fn sizes_are_shown_without_fractions() {
    assert_eq!(
        [shown(64 << 20), shown(1536), shown(3 << 30), shown(1025)],
        ["64 MiB", "1536 bytes", "3 GiB", "1025 bytes"]
    );
}
