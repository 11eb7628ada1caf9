//! The suites: which cases each has.

/// One `#[test]` for each case, for the suites below.
#[doc(hidden)]
#[macro_export]
macro_rules! each_case {
    ($make:expr, $seeds:expr, $suite:ident, $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                $crate::run($seeds, $make, $crate::$suite::$case);
            }
        )+
    };
}

/// One `#[test]` for each case that has two lives.
#[doc(hidden)]
#[macro_export]
macro_rules! each_durable_case {
    ($make:expr, $seeds:expr, $suite:ident, $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                $crate::$suite::durable::$case($seeds, $make);
            }
        )+
    };
}

/// Tests a [`KeyValue`](foundation_core::port::storage::KeyValue): `key_value_contract!(make)`, where `make` is a
/// function from a seed to a [`Harness`](crate::Harness); `seeds = n` runs each case n times, the default is once.
#[macro_export]
macro_rules! key_value_contract {
    ($make:expr) => {
        $crate::key_value_contract!($make, seeds = 1);
    };
    ($make:expr, seeds = $seeds:expr) => {
        $crate::each_case! {
            $make, $seeds, key_value,
            unknown_keys_read_as_nothing written_values_are_read buckets_are_apart deleted_keys_are_gone
            revisions_rise scans_go_in_order scans_keep_to_their_range long_scans_are_whole
            absent_means_no_value at_means_this_revision deletes_can_be_conditional fences_hold_zombies_off
            one_of_many_creates one_of_many_updates no_update_is_lost
            batches_take_effect_as_one a_refused_batch_writes_nothing conditions_are_judged_before_the_batch
            a_key_twice_is_refused nobody_sees_half_a_batch
            limits_reach_the_floor values_up_to_the_limit a_batch_of_nothing_is_refused batches_up_to_the_most_writes batches_up_to_the_most_bytes
            values_expire_at_their_time the_shortest_life_is_a_second conditions_see_expiry
            every_write_sets_the_life_anew
            a_watch_begins_with_a_snapshot a_watch_of_nothing_is_current a_watch_keeps_to_its_range
            a_watch_goes_on_after_a_revision a_watch_from_the_beginning_converges a_watch_tells_batches_whole
            a_watch_tells_expiry a_slow_watcher_converges a_watch_beside_writers_converges
            a_dropped_watch_is_harmless
        }
    };
}

/// Tests what a durable `KeyValue` keeps over its lives: `make` answers a [`Reopen`](crate::Reopen).
#[macro_export]
macro_rules! key_value_durable_contract {
    ($make:expr) => {
        $crate::key_value_durable_contract!($make, seeds = 1);
    };
    ($make:expr, seeds = $seeds:expr) => {
        $crate::each_durable_case! {
            $make, $seeds, key_value,
            values_outlive_the_instance revisions_outlive_the_instance lives_outlive_the_instance
            watches_go_on_in_the_next_life
        }
    };
}

/// Tests an [`EventLog`](foundation_core::port::storage::EventLog); see [`key_value_contract`](crate::key_value_contract).
#[macro_export]
macro_rules! event_log_contract {
    ($make:expr) => {
        $crate::event_log_contract!($make, seeds = 1);
    };
    ($make:expr, seeds = $seeds:expr) => {
        $crate::each_case! {
            $make, $seeds, event_log,
            appended_events_are_read events_come_back_whole streams_are_apart empty_means_no_events
            head_means_this_sequence head_of_fences_by_another_stream
            a_repeated_batch_appends_nothing a_repeated_batch_may_expect_anything a_refused_batch_may_try_again
            batches_are_remembered_long_enough one_batch_by_many_is_appended_once
            log_limits_reach_the_floor an_empty_batch_is_refused events_up_to_the_limit batches_up_to_the_most_events
            log_batches_up_to_the_most_bytes
            unknown_streams_read_as_empty reads_begin_where_they_are_told reads_end_at_the_head long_reads_are_whole
            streams_are_listed_by_prefix
            a_subscription_catches_up_and_goes_on a_subscription_begins_where_it_is_told
            a_waiting_subscription_is_woken a_slow_subscriber_loses_nothing
            a_trim_forgets_what_lies_before a_trim_keeps_the_last_event a_read_from_before_a_trim_is_refused
            an_overtaken_subscriber_is_told
            one_of_many_decides writers_keep_their_order acknowledged_means_readable
        }
    };
}

/// Tests what a durable `EventLog` keeps over its lives: `make` answers a [`Reopen`](crate::Reopen).
#[macro_export]
macro_rules! event_log_durable_contract {
    ($make:expr) => {
        $crate::event_log_durable_contract!($make, seeds = 1);
    };
    ($make:expr, seeds = $seeds:expr) => {
        $crate::each_durable_case! {
            $make, $seeds, event_log,
            events_outlive_the_instance batches_are_remembered_over_lives trims_outlive_the_instance
        }
    };
}

/// Tests a [`Registry`](foundation_core::port::registry::Registry); see
/// [`key_value_contract`](crate::key_value_contract).
#[macro_export]
macro_rules! registry_contract {
    ($make:expr) => {
        $crate::registry_contract!($make, seeds = 1);
    };
    ($make:expr, seeds = $seeds:expr) => {
        $crate::each_case! {
            $make, $seeds, registry,
            registered_names_are_found namespaces_are_listed_apart a_taken_name_is_refused an_owner_replaces_its_words
            only_the_owner_frees_a_name the_end_of_a_life_frees_its_names a_late_release_is_harmless
            words_up_to_the_limit registrations_rise
            a_closed_session_owns_nothing a_new_session_voids_earlier_ones epochs_rise
            one_of_many_owns_a_name owners_find_themselves the_latest_session_stands a_dying_session_leaves_nothing
            a_watch_tells_names a_watch_tells_the_end_of_sessions a_watch_beside_owners_converges
        }
    };
}

/// Tests what [`coordination`](foundation_core::coordination) owes on a
/// [`KeyValue`](foundation_core::port::storage::KeyValue); see [`key_value_contract`](crate::key_value_contract). Needs a
/// clock that runs as the store's own does: some cases wait for leases of two seconds to be over.
#[macro_export]
macro_rules! coordination_contract {
    ($make:expr) => {
        $crate::coordination_contract!($make, seeds = 1);
    };
    ($make:expr, seeds = $seeds:expr) => {
        $crate::each_case! {
            $make, $seeds, coordination,
            a_lease_is_renewed_while_it_is_held a_holder_that_cannot_renew_stops_first
            a_lease_that_was_taken_away_is_lost a_dropped_lease_comes_free a_release_is_final
            a_free_lock_is_taken_and_a_held_one_refused one_of_many_takes_a_free_lock tokens_rise
            a_release_lets_a_waiter_in a_waiter_is_told_who_has_the_lock the_lock_of_a_dead_holder_comes_free
            locks_are_right_where_answers_are_lost waiters_ride_out_a_store_that_is_away
            one_leads_and_all_hear_who each_campaigner_leads_in_its_turn a_dead_leader_is_followed
            an_older_token_is_refused_by_the_store fenced_writes_keep_their_conditions written_tokens_never_go_back
            there_are_as_many_permits_as_named never_more_inside_than_permits permits_of_the_dead_come_back
            all_parties_go_on_together barriers_are_right_where_answers_are_lost a_party_that_gave_up_is_not_counted
            a_dead_party_is_not_counted parties_have_to_agree
            many_adders_lose_nothing additions_count_once_where_answers_are_lost a_named_addition_counts_once
        }
    };
}

/// Tests a [`Messaging`](foundation_core::port::messaging::Messaging); see
/// [`key_value_contract`](crate::key_value_contract).
#[macro_export]
macro_rules! messaging_contract {
    ($make:expr) => {
        $crate::messaging_contract!($make, seeds = 1);
    };
    ($make:expr, seeds = $seeds:expr) => {
        $crate::each_case! {
            $make, $seeds, messaging,
            messaging_limits_reach_the_floor publishing_to_nobody_is_no_error every_subscription_gets_every_message
            deliveries_say_where_they_came patterns_pick_subjects a_dropped_subscription_is_harmless
            payloads_up_to_the_limit senders_keep_their_order
            one_member_gets_each_message a_group_outlives_its_members
            requests_are_answered the_first_answer_counts nobody_listens nobody_answers a_late_answer_is_lost
            a_slow_subscriber_is_told two_losses_are_told_apart
        }
    };
}

/// Tests a [`Clock`](foundation_core::port::clock::Clock): the harness's port is `dyn Clock`.
#[macro_export]
macro_rules! clock_contract {
    ($make:expr) => {
        $crate::each_case! {
            $make, 1, clock,
            now_never_goes_back sleeps_last_their_time a_point_that_passed_is_reached sleeps_end_in_order
            many_sleeps_end dropped_sleeps_are_forgotten the_wall_clock_goes_on deadlines_hold
        }
    };
}

/// Tests an [`Entropy`](foundation_core::port::entropy::Entropy): the harness's port is `dyn Entropy`.
#[macro_export]
macro_rules! entropy_contract {
    ($make:expr) => {
        $crate::each_case! { $make, 1, entropy, draws_differ bits_are_even tasks_draw_different_numbers }
    };
}

/// Tests a [`Spawner`](foundation_core::Spawner): the harness's port is `Spawner`.
#[macro_export]
macro_rules! spawner_contract {
    ($make:expr) => {
        $crate::spawner_contract!($make, seeds = 1);
    };
    ($make:expr, seeds = $seeds:expr) => {
        $crate::each_case! {
            $make, $seeds, spawner,
            tasks_run waiting_tasks_go_on a_panic_harms_no_other blocking_work_answers blocking_work_runs_unwatched
        }
    };
}
