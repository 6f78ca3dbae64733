//! What every store must do, as cases that each backend's test calls.
//!
//! `conformance!(open)` makes one test of each case, where `open` is an async function that gives a
//! fresh, migrated store. A change to a backend extends the cases first.
#![expect(clippy::missing_panics_doc, reason = "a case says by panicking that the store is wrong")]
#![expect(clippy::unwrap_used, reason = "a case says by panicking that the store is wrong")]

pub mod access;
pub mod accounts;
pub mod backlog;
pub mod cluster;
pub mod condition;
pub mod decisions;
pub mod feed;
pub mod identities;
pub mod log;
pub mod notices;
pub mod order;
pub mod people;
pub mod retention;
pub mod reviews;
pub mod samples;
pub mod seals;
pub mod searches;
pub mod second_factors;
pub mod sessions;
pub mod unreadable;
pub mod work;
pub mod writers;

/// Makes a test of each case.
#[macro_export]
macro_rules! conformance {
    ($open:path) => {
        $crate::conformance!(@cases $open;
            notices: saved_work_is_seen_and_dropped_work_is_not
                     a_notice_is_found_by_reference_and_by_id
                     the_same_reference_is_kept_once
                     a_revision_keeps_its_number_and_content
                     the_same_content_is_recognised
                     a_head_written_from_an_old_count_is_refused
                     found_outcomes_are_kept_once
                     found_outcomes_are_read_page_by_page
                     every_notice_is_read_page_by_page
                     found_outcomes_of_notices_read_back
                     the_schema_is_current_after_migration_and_migrating_again_changes_nothing
                     policies_replace_each_other
                     a_policy_is_kept_approved_and_put_in_force
                     accepted_lowerings_are_of_one_policy
                     items_under_another_policy_are_counted;
            people: a_mention_reads_back_as_written
                    mentions_are_found_under_their_keys
                    removed_mentions_leave_no_key_behind
                    people_have_their_mentions
                    places_have_their_mentions
                    a_trace_replaces_the_earlier_one
                    notices_without_a_trace_are_found
                    a_pair_has_one_link
                    people_are_kept_with_their_unit_of_work
                    several_notices_are_read_at_once
                    a_bundle_is_of_one_household
                    items_without_an_assessment_are_found;
            decisions: cue_decisions_read_back_as_written
                       a_cue_has_one_decision
                       two_notices_have_one_event_decision
                       decisions_are_kept_with_their_unit_of_work;
            reviews: grades_read_back_as_given
                     the_grade_that_waits_is_decided
                     one_grade_of_an_item_waits;
            retention: an_erased_notice_says_nothing_any_more
                       an_erasure_is_of_the_revisions_that_there_were
                       notices_come_up_for_review
                       assessments_are_found_by_whom_they_quote;
            searches: notices_are_found_by_reference_alone
                      a_search_is_of_one_session;
            work: an_item_reads_back_as_written
                  every_state_reads_back
                  a_write_from_an_old_version_is_refused
                  lists_follow_key_a_and_resume_without_gaps
                  lists_filter
                  restricted_items_are_left_out_unless_asked_for
                  items_since_a_moment_are_what_a_replay_takes
                  expired_claims_and_ended_holds_are_found
                  a_claim_ends_once
                  assessments_are_kept_and_lowered
                  notes_come_newest_first
                  endorsements_name_their_item;
            backlog: the_backlog_counts_what_is_unfinished
                     a_viewer_counts_what_their_lists_open
                     questions_make_an_item_provisional
                     kept_counts_are_those_of_a_scan_whatever_happens
                     counts_of_many_writers_are_all_kept;
            feed: changes_of_items_are_told_in_order
                  a_viewer_is_told_of_what_they_may_see
                  what_was_pruned_is_not_gone_on_from
                  a_saved_change_is_heard;
            order: heads_of_an_empty_desk_are_none
                   heads_are_the_first_by_each_key
                   each_choice_takes_its_item
                   places_are_counted_in_both_orders
                   taking_stops_the_pick_up_clock_once
                   an_audit_wraps_round_and_takes_green_or_blue_alone
                   a_restricted_item_is_taken_only_by_those_who_may
                   the_desk_row_is_kept
                   nothing_is_taken_twice;
            log: rows_are_appended_and_read_newest_first
                 the_log_is_filtered;
            seals: a_row_is_read_as_it_is_stored
                   leaves_and_heads_follow_each_other
                   what_is_sealed_stays
                   rows_of_many_writers_are_sealed_once_and_in_order
                   the_first_sealing_key_stays;
            condition: a_store_in_order_says_so;
            unreadable: a_refused_submission_is_kept_as_sent
                        the_same_content_stands_on_the_list_once
                        closing_happens_once;
            access: a_list_names_people_and_one_on_call
                    an_item_comes_up_where_every_reason_has_the_viewer_on_its_list
                    a_restriction_is_written_and_its_items_are_found
                    an_opened_notice_is_listed_for_whom_it_was_opened
                    whoever_is_kept_off_gets_the_next_item
                    declared_keys_are_found_and_replaced;
            accounts: a_token_acts_as_its_user
                      roles_of_a_user_are_those_of_live_tokens
                      answers_are_kept_for_the_same_key_and_replaced_when_old;
            sessions: a_user_reads_back_as_written
                      nothing_of_a_disabled_user_opens_anything
                      a_token_is_listed_and_revoked_once
                      a_session_is_found_until_it_is_ended
                      sessions_of_a_user_are_listed
                      sessions_whose_time_is_over_are_found
                      a_browser_is_known_again
                      failures_are_kept_by_bucket
                      the_second_writer_of_a_user_waits_for_the_first;
            identities: a_provider_means_one_user
                        a_session_is_found_by_that_of_its_provider;
            second_factors: a_second_factor_reads_back_as_written
                            a_recovery_code_is_used_once;
            writers: claims_at_once_take_different_items_and_count_each_pick
                     a_second_writer_waits_for_the_turn_of_a_desk
                     a_claim_waits_for_an_item_that_is_being_changed
                     the_loser_of_a_race_takes_the_next_item
                     locked_items_are_waited_for
                     unfinished_items_are_read_when_they_are_free
                     the_second_write_of_an_item_is_refused
                     the_second_of_two_revisions_is_refused
                     a_locked_key_is_waited_for
                     keys_come_free_with_their_unit_of_work
                     the_policy_stays_while_others_write
                     the_same_key_of_a_caller_is_answered_one_at_a_time
                     a_unit_of_work_that_reads_sees_one_moment
                     what_was_not_saved_is_nowhere
                     migrating_at_once_is_harmless
                     rows_of_the_log_of_many_writers_are_all_kept;
        );
    };
    (@cases $open:path; $($module:ident: $($case:ident)+;)+) => {
        /// How many cases the suite has, and that it has any.
        #[test]
        fn the_cases_are_counted() {
            let cases = [$($(stringify!($case)),+),+];
            assert!(!cases.is_empty());
            println!("{} conformance cases: {}", env!("CARGO_PKG_NAME"), cases.len());
        }
        $(mod $module {
            $(#[tokio::test]
            async fn $case() {
                let (store, _keep) = $open().await;
                $crate::$module::$case(store).await;
            })+
        })+
    };
}
