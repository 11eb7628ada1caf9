use super::{Report, to_rows};

const SAID: &str = r#"{
    "missing": [{"peer": "beam", "reason": "start erlc: not found"}],
    "rows": [
        {"name": "restart_kill", "unit": "µs", "higher_is_better": false, "variants": [
            {"variant": "ours", "figures": [1.0, 2.0, 4.0]},
            {"variant": "beam", "figures": [10.0, 30.0, 80.0]},
            {"variant": "tokio", "figures": [1.0, 1.0, 1.0]}
        ]},
        {"name": "call_1_inline", "unit": "calls/s", "higher_is_better": true, "variants": [
            {"variant": "ours", "figures": [5.0]}
        ]}
    ]
}"#;

fn rows() -> Vec<super::Row> {
    let report: Report = serde_json::from_str(SAID).expect("it is what the program prints");
    assert_eq!(report.missing.len(), 1);
    fn rename(peer: &str) -> &str {
        if peer == "beam" { "beam_ets" } else { peer }
    }
    report.rows.iter().flat_map(|row| to_rows(row, rename).expect("ours is there")).collect()
}

#[test]
fn there_is_a_row_a_peer() {
    let rows = rows();
    let of = |peer: &str| rows.iter().find(|row| row.peer_name.as_deref() == Some(peer)).expect("the peer has a row");
    let beam = of("beam_ets");
    assert_eq!((beam.ours, beam.peer, beam.ratio), (2.0, Some(30.0), Some(15.0)));
    assert_eq!((beam.runs, beam.spread), (3, [1.0, 4.0]));
    assert_eq!(of("tokio").ratio, Some(0.5));
}

#[test]
fn a_row_without_peers_stands_alone() {
    let rows = rows();
    let alone = rows.iter().find(|row| row.name == "call_1_inline").expect("the row is there");
    assert_eq!((alone.ours, alone.peer_name.as_deref(), alone.ratio), (5.0, None, None));
}

#[test]
fn a_row_without_ours_is_refused() {
    let mut report: Report = serde_json::from_str(SAID).expect("it is what the program prints");
    report.rows[0].variants.remove(0);
    let refused = to_rows(&report.rows[0], |peer| peer).expect_err("nothing to compare");
    assert!(refused.to_string().contains("restart_kill"), "{refused}");
}
