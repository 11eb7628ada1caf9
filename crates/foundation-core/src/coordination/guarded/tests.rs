use proptest::prelude::*;

use super::Guarded;
use crate::coordination::Token;
use crate::error::Code;

#[test]
fn an_older_token_is_refused_and_the_latest_may_come_again() {
    let guarded = Guarded::new(Vec::new());
    guarded.with(Token::from(5), |list| list.push(5)).unwrap();
    guarded.with(Token::from(5), |list| list.push(5)).unwrap();
    guarded.with(Token::from(8), |list| list.push(8)).unwrap();
    let refused = guarded.with(Token::from(5), |list| list.push(5)).unwrap_err();
    assert_eq!(refused.code(), Code::Fenced);
    assert_eq!(guarded.with(Token::from(8), |list| list.clone()).unwrap(), [5, 5, 8]);
    let kept = Guarded::after(guarded.highest(), ());
    assert_eq!(kept.with(Token::from(7), |()| ()).unwrap_err().code(), Code::Fenced);
}

proptest! {
    #[test]
    fn tokens_that_are_admitted_never_go_back(tokens in prop::collection::vec(0_u64..20, 0..60)) {
        let guarded = Guarded::new(Vec::new());
        for token in &tokens {
            drop(guarded.with(Token::from(*token), |list| list.push(*token)));
        }
        let admitted = guarded.with(Token::from(u64::MAX), |list| list.clone()).unwrap();
        prop_assert!(admitted.is_sorted());
        prop_assert!(tokens.iter().max() == admitted.last());
    }
}
