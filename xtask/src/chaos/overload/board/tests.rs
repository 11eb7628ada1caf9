use super::*;

#[test]
fn what_the_machine_took_counts_from_the_kill_on() {
    let board = Board::default();
    let ms = Duration::from_millis;
    board.killed();
    let at = board.state().killed_at.expect("it was killed just now");
    // Over before the kill; half before it; after it.
    board.stalled(at - ms(9), at - ms(7));
    board.stalled(at - ms(2), at + ms(2));
    board.stalled(at + ms(3), at + ms(6));
    board.heard();
    let told = board.take_told();
    assert_eq!(told.iter().map(|told| told.taken).collect::<Vec<_>>(), [ms(5)]);
}

#[test]
fn messages_count_from_the_end_of_the_process_on() {
    let board = Board::default();
    board.killed();
    board.begin();
    board.ended();
    assert!(!board.is_told());
    board.begin();
    board.begin();
    board.heard();
    assert!(board.is_told());
    assert_eq!(board.take_told().iter().map(|told| told.messages).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_notice_of_something_else_is_none() {
    let board = Board::default();
    board.heard();
    assert!(board.take_told().is_empty());
}
