//! Coordination over stores with a defect: what it promises does not hold there, and the suite says so.

use foundation_testkit::{coordination, run};

use crate::failure;
use crate::key_value::Defect::*;
use crate::key_value::broken;

macro_rules! finds {
    ($defect:ident: $($case:ident)+) => {
        $(failure(|| run(8, |seed| broken($defect, seed), coordination::$case));)+
    };
}

#[test]
fn stores_whose_conditions_do_not_hold_are_found() {
    finds!(IgnoresConditions: a_free_lock_is_taken_and_a_held_one_refused one_of_many_takes_a_free_lock
        a_waiter_is_told_who_has_the_lock each_campaigner_leads_in_its_turn one_leads_and_all_hear_who
        many_adders_lose_nothing an_older_token_is_refused_by_the_store);
    finds!(ChecksThenWrites: one_of_many_takes_a_free_lock many_adders_lose_nothing
        additions_count_once_where_answers_are_lost);
}

#[test]
fn stores_without_fences_are_found() {
    finds!(IgnoresFences: an_older_token_is_refused_by_the_store fenced_writes_keep_their_conditions
        written_tokens_never_go_back);
}

#[test]
fn stores_that_keep_or_lose_leases_are_found() {
    finds!(ForgetsTimeToLive: the_lock_of_a_dead_holder_comes_free a_dead_leader_is_followed
        permits_of_the_dead_come_back a_dead_party_is_not_counted a_release_is_final);
    finds!(ExpiresEarly: a_holder_that_cannot_renew_stops_first);
}
