use super::super::suite::{CHOSEN_ON, HELD_OUT};
use super::{Found, OWN, rows, signed_rank};

/// Ours regrets 0.1 less than the peer on each table, random search more than both.
fn found() -> Vec<Found> {
    let one = |name: &&str, at: usize| Found {
        name: (*name).to_owned(),
        regrets: vec![0.1 * at as f64, 2.0, 0.1 * at as f64 + 0.1],
        ranks: vec![1.0, 3.0, 2.0],
        spread: [0.0, 1.0],
    };
    let held_out = HELD_OUT.iter().zip(1..).map(|(name, at)| one(name, at));
    // Where the settings were chosen ours is far better, which must not count.
    held_out.chain(CHOSEN_ON.iter().map(|name| Found { regrets: vec![-9.0, 2.0, 9.0], ..one(name, 0) })).collect()
}

#[test]
fn only_the_tables_held_out_count() {
    let names = [OWN[0], OWN[1], "optuna tpe"];
    let rows = rows(&found(), &names);
    let row = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
    let regret = row("regret_tables");
    assert!((regret.ours - 0.45).abs() < 1e-12, "{}", regret.ours);
    assert!((regret.peer.unwrap() - 0.55).abs() < 1e-12);
    assert!((regret.ratio.unwrap() - 0.55 / 0.45).abs() < 1e-12);
    assert_eq!(regret.peer_name.as_deref(), Some("optuna tpe"));
    assert_eq!((row("rank_tables").ours, row("rank_tables").peer), (1.0, Some(2.0)));
    assert_eq!(row("p_tables").ours, 2.0 / 256.0);
    assert_eq!(row("regret_tables/random").peer, Some(2.0));
    assert_eq!(rows.iter().filter(|row| row.name.starts_with("regret/")).count(), 8);
    assert_eq!(rows.iter().filter(|row| row.name.starts_with("regret_chosen_on/")).count(), 7);
}

#[test]
fn without_a_peer_random_search_is_compared_with() {
    let rows = rows(&found(), &OWN);
    let regret = rows.iter().find(|row| row.name == "regret_tables").unwrap();
    assert_eq!(regret.peer_name.as_deref(), Some("random"));
    assert_eq!(signed_rank(&found(), 1).unwrap().first_larger, 0.0);
}
