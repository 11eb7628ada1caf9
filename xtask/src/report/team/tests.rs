use super::stacked;
use crate::report::proposer::Proposer::{Enqueued, Member};

#[test]
fn a_column_is_divided_among_those_who_proposed() {
    let column = [Member(0), Enqueued, Member(0), Member(2)];
    let parts = stacked(&column, &[Member(0), Member(1), Member(2), Enqueued]);
    assert_eq!(parts, [(Member(0), 0.0, 0.5), (Member(2), 0.5, 0.75), (Enqueued, 0.75, 1.0)]);
    assert!(stacked(&[], &[Member(0)]).is_empty());
}
