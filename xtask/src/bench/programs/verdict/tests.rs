use super::*;

fn outcome(rows: f64) -> Outcome {
    Outcome { rows, kills: 6, in_mid_trial: 6, tally: Tally { told: TRIALS, ..Tally::default() }, ..Outcome::default() }
}

fn found(client: Outcome) -> Found {
    let peer = [345.0, 347.0, 349.0].map(|rows| Reached::of_peer(rows, 0.97, 1620.0, 1.0));
    Found { peer: peer.into(), exec: vec![outcome(345.0), outcome(346.0), outcome(340.0)], client: vec![client] }
}

fn missed(client: Outcome) -> Vec<String> {
    let lines = judge(&found(client));
    assert!(lines.iter().filter(|line| line.what.starts_with("exec")).all(|line| line.is_kept), "{lines:?}");
    lines.into_iter().filter(|line| !line.is_kept).map(|line| line.what).collect()
}

#[test]
fn a_median_on_the_edge_of_the_band_with_nothing_lost_is_kept() {
    assert_eq!(missed(Outcome { handed_on: Some((3, 3)), ..outcome(345.0) }), Vec::<String>::new());
}

#[test]
fn a_median_below_the_band_is_missed() {
    let missed = missed(outcome(344.0));
    assert_eq!(missed, ["client: median 344.0 of 357 rows, Optuna's 347.0 with a band of 345 to 349"]);
}

#[test]
fn each_kind_of_damage_is_missed() {
    let tally = |tally| Outcome { tally, ..outcome(350.0) };
    let told = Tally { told: TRIALS, ..Tally::default() };
    let damaged = [
        tally(Tally { lost: 1, ..told }),
        tally(Tally { too_many: 1, ..told }),
        tally(Tally { failed: 1, ..told }),
        tally(Tally { missing: 1, told: TRIALS - 1, ..told }),
        Outcome { left_over: 1, ..outcome(350.0) },
        // Kills that hit nothing show nothing.
        Outcome { in_mid_trial: 0, ..outcome(350.0) },
        Outcome { handed_on: Some((2, 3)), ..outcome(350.0) },
    ];
    for one in damaged {
        let shown = format!("{one:?}");
        assert_eq!(missed(one).len(), 1, "{shown}");
    }
}

#[test]
fn without_optuna_no_band_is_kept() {
    let lines = judge(&Found { peer: Vec::new(), ..found(outcome(350.0)) });
    assert_eq!(lines.iter().filter(|line| !line.is_kept).count(), 2, "{lines:?}");
}

#[test]
fn rows_have_the_peer_where_it_has_the_figure() {
    let rows = rows(&found(outcome(350.0)));
    let row = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
    let compared = row("programs/exec/val_median");
    assert_eq!((compared.ours, compared.peer, compared.runs), (345.0, Some(347.0), 3));
    assert_eq!(row("programs/client/val_median").ours, 350.0);
    assert_eq!((row("programs/exec/told").ours, row("programs/exec/told").peer), (60.0, None));
}
