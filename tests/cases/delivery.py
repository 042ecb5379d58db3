"""What happens between a document and its subscribers, and what must not leak, with the tests that show it: D, L."""

OTHERWISE = "docs/cases.md: "
PIPELINE = "tests/pipeline/test_pipeline.py"
CRASHES = "tests/pipeline/test_crashes.py"
EPISODES = "tests/pipeline/test_episodes.py"
STATE_TABLE = "tests/aws/test_state.py"
BUCKET = "tests/aws/test_store.py"
BUS = "tests/aws/test_bus.py"
QUEUE = "tests/aws/test_queue.py"
VERSIONS = "tests/aws/test_versions.py"
POLLER = "tests/functions/test_poll.py"
DISPATCHER = "tests/functions/test_dispatch.py"
LOGS = "tests/functions/test_logs.py"
EXAMPLE = "tests/functions/test_subscriber.py"
READER = "tests/test_subscriber.py"
TURNS = "tests/test_dispatch.py"
REDELIVERY = "tests/test_redelivery.py"
DELIVERY = "tests/test_delivery.py"
TEMPLATE = "tests/stack/test_template.py"
CANARIES = "tests/test_canaries.py"
DIES = f"{CRASHES}::test_nothing_is_lost_and_what_comes_twice_is_the_same_to_the_letter"

EXPLORED = (
    "tests/explorer/test_exploration.py"
    "::test_every_promise_is_kept_in_every_plan_of_two_faults_and_every_order_of_two_workers"
)
KILLED = (
    "tests/soak/test_kills.py"
    "::test_d28_a_poller_killed_again_and_again_loses_nothing_and_announces_nothing_as_new_twice"
)
MUTANTS = "tests/mutants/test_gate.py::test_d22_the_worst_mutants_are_killed"
DAILY = "tests/repair/test_daily.py"
REPLAY, SWEEP, RECONCILE = "tests/repair/test_replay.py", "tests/repair/test_sweep.py", "tests/repair/test_reconcile.py"
SWEPT, REPAIRED = "tests/functions/test_reconcile.py", "tests/cli/test_repair.py"

CASES = {
    # Delivery and state
    "D01": (
        "a crash before or after every call",
        [
            EXPLORED,
            DIES,
            f"{EPISODES}::test_a_crash_anywhere_between_commit_and_clear_tells_none_twice_and_forgets_none",
        ],
    ),
    "D02": (
        "done, and the reply lost",
        [
            EXPLORED,
            f"{STATE_TABLE}::test_d02_a_commit_whose_reply_was_lost_is_recognised_as_our_own_write",
            f"{BUCKET}::test_d02_an_object_put_twice_since_the_reply_was_lost_is_one_object",
            f"{BUS}::test_d02_a_lost_reply_repeats_the_same_events_to_the_letter",
        ],
    ),
    "D03": (
        "three events of ten not taken",
        [
            f"{BUS}::test_d03_of_ten_entries_three_not_taken_only_the_three_are_sent_again",
            f"{BUS}::test_d03_entries_not_taken_twice_are_sent_a_third_time",
            f"{BUS}::test_d03_what_is_sent_again_keeps_its_order_and_the_next_request_waits_for_it",
        ],
    ),
    "D04": (
        "a bus that takes nothing for long",
        [
            f"{BUS}::test_d04_entries_never_taken_are_an_edge_error_after_three_rounds",
            f"{BUS}::test_d04_where_one_request_is_refused_for_good_those_after_it_are_not_sent",
            f"{PIPELINE}::test_while_the_bus_refuses_nothing_more_is_fetched_and_nothing_lost",
            f"{OTHERWISE}**D04, D10**",
        ],
    ),
    "D05": (
        "more than a request holds",
        [
            f"{BUS}::test_d05_eleven_announcements_are_two_requests",
            f"{BUS}::test_d05_big_announcements_are_split_by_bytes",
            f"{BUS}::test_d05_a_request_of_the_very_limit_is_one_and_a_byte_more_is_two",
            f"{BUS}::test_d05_any_announcements_are_split_in_order_within_both_bounds",
        ],
    ),
    "D06": (
        "two workers on one feed",
        [
            EXPLORED,
            f"{STATE_TABLE}::test_d06_the_same_revision_by_another_worker_is_a_conflict",
            f"{STATE_TABLE}::test_d06_a_lost_reply_does_not_hide_that_another_worker_was_first",
            f"{PIPELINE}::test_a_poll_that_was_overtaken_announces_nothing_and_changes_nothing",
            f"{OTHERWISE}**D06, D07**",
        ],
    ),
    "D07": (
        "a worker that comes too late",
        [
            EXPLORED,
            f"{PIPELINE}::test_a_poll_that_was_overtaken_announces_nothing_and_changes_nothing",
            f"{OTHERWISE}**D06, D07**",
        ],
    ),
    "D08": (
        "no time left",
        [
            f"{POLLER}::test_d08_a_batch_has_the_time_that_lambda_has_left_less_a_margin_and_zero_is_none",
            f"{POLLER}::test_d08_a_batch_without_any_time_goes_back_to_the_queue_whole_and_asks_nobody",
            f"{POLLER}::test_d08_feeds_that_a_batch_had_no_time_for_are_put_back_and_the_message_is_done",
            f"{REDELIVERY}::test_d08_nothing_is_put_back_where_nothing_is_left_or_after_the_last_round",
        ],
    ),
    "D09": (
        "one message of ten poisons",
        [
            f"{POLLER}::test_d09_only_the_message_that_poisons_is_redelivered",
            f"{TEMPLATE}::test_a_batch_is_redelivered_only_where_it_failed",
        ],
    ),
    "D10": (
        "a message that poisons for ever",
        [
            f"{DELIVERY}::test_d10_of_five_hundred_feeds_one_that_kills_is_put_in_quarantine_and_499_are_polled_within_minutes_of_the_death",
            f"{DELIVERY}::test_d10_whichever_feeds_kill_they_alone_are_put_in_quarantine_and_nothing_goes_round_for_ever",
            f"{REDELIVERY}::test_d10_a_message_holds_ids_and_counts_and_nothing_secret",
            f"{POLLER}::test_d10_a_malformed_message_is_reported_and_the_others_are_polled",
            f"{TEMPLATE}::test_what_fails_ends_as_a_dead_letter",
            f"{OTHERWISE}**D04, D10**",
        ],
    ),
    "D12": (
        "visible again too early",
        [f"{TEMPLATE}::test_a_queue_hides_a_message_for_six_times_as_long_as_its_function_may_take"],
    ),
    "D13": (
        "a target that is down",
        [
            f"{TEMPLATE}::test_what_fails_ends_as_a_dead_letter",
            f"{REPLAY}::test_d13_what_a_target_lost_for_good_is_announced_again_to_the_letter",
            f"{REPAIRED}::test_d13_a_replay_says_again_to_the_letter_what_the_subscriber_heard",
        ],
    ),
    "D14": (
        "revision 1 after revision 2",
        [
            f"{READER}::test_d14_a_last_writer_wins_consumer_goes_stale_where_revision_1_comes_after_2",
            f"{READER}::test_d14_no_order_of_arrival_leaves_the_highest_revision_stale_and_some_order_leaves_the_last_writer",
            f"{READER}::test_d14_no_order_with_any_repeats_leaves_a_consumer_of_the_highest_revision_stale",
            f"{EXAMPLE}::test_d14_the_highest_revision_stays_whatever_the_order",
        ],
    ),
    "D15": (
        "a table that refuses, and why",
        [
            f"{STATE_TABLE}::test_d15_only_a_condition_that_was_not_met_is_a_conflict_and_only_throttling_is_tried_again",
            f"{STATE_TABLE}::test_d15_a_throttled_commit_is_tried_again_by_the_sdk",
            f"{STATE_TABLE}::test_d15_a_commit_throttled_for_good_is_an_edge_error_and_no_conflict",
        ],
    ),
    "D16": ("a read that lags", [f"{STATE_TABLE}::test_d16_states_are_read_strongly_consistent"]),
    "D18": (
        "clocks that jump",
        [
            f"{TURNS}::test_d18_a_cursor_that_a_clock_a_day_ahead_left_behind_stops_nobody",
            f"{TURNS}::test_d18_a_clock_set_back_a_little_leaves_no_turn_out_and_sends_none_twice",
            f"{READER}::test_d14_no_order_with_any_repeats_leaves_a_consumer_of_the_highest_revision_stale",
        ],
    ),
    "D20": (
        "announced, not cleared; or never",
        [
            f"{SWEEP}::test_d20_a_relay_that_never_ran_for_three_days_is_made_up_for_with_the_same_ids",
            f"{SWEEP}::test_d20_a_sweep_that_crashes_between_event_and_clearing_repeats_to_the_letter",
            f"{SWEEP}::test_d20_two_sweeps_at_once_end_with_the_same",
            f"{SWEPT}::test_d20_what_was_left_for_days_is_announced_and_its_age_is_a_metric",
            f"{PIPELINE}::test_a_leftover_outbox_is_announced_first_and_from_the_store",
            f"{PIPELINE}::test_a_leftover_outbox_is_announced_though_the_feed_is_not_due",
        ],
    ),
    "D21": ("a stream as relay", [f"{OTHERWISE}**D21**"]),
    "D22": (
        "validators apart from entries",
        [
            f"{PIPELINE}::test_entries_are_stored_before_they_are_committed_and_committed_before_they_are_announced",
            MUTANTS,
        ],
    ),
    "D23": (
        "a minute twice, or never",
        [
            f"{DISPATCHER}::test_d23_the_same_minute_delivered_twice_sends_its_feeds_once",
            f"{QUEUE}::test_d23_a_lost_reply_sends_the_batch_twice_which_a_poll_can_bear",
            f"{TURNS}::test_a_crash_sends_again_and_leaves_no_feed_out",
            f"{TURNS}::test_after_an_outage_every_feed_whose_turn_came_is_sent_once",
        ],
    ),
    "D24": (
        "old and new code together",
        [
            f"{VERSIONS}::test_d24_an_item_of_an_older_version_is_read_and_what_it_did_not_know_is_as_if_never_said",
            f"{VERSIONS}::test_d24_an_item_of_a_newer_version_is_read_as_this_one_understands_it_and_can_be_written_again",
            f"{VERSIONS}::test_d24_an_item_that_newer_code_keeps_from_older_code_is_refused_and_not_written_again",
            "tests/test_events.py::test_d24_an_event_of_a_newer_publisher_is_read_as_this_version_understands_it",
            "tests/test_events.py::test_d24_what_a_newer_poller_stored_and_did_not_announce_an_older_one_announces",
            f"{REDELIVERY}::test_d24_a_batch_of_an_older_version_is_read_and_what_a_newer_one_added_is_ignored",
            f"{POLLER}::test_d24_a_message_of_a_newer_version_is_refused_and_comes_again",
        ],
    ),
    "D26": (
        "S3 on a bad day; other bytes",
        [
            f"{BUCKET}::test_d26_a_bucket_that_is_slow_for_a_moment_is_asked_again",
            f"{BUCKET}::test_d26_a_refusal_names_the_operation_and_the_code",
            f"{BUCKET}::test_d26_an_object_carries_a_checksum_that_s3_verifies",
            f"{READER}::test_d26_bytes_that_were_not_announced_are_refused_with_where_they_lie",
            f"{EXAMPLE}::test_d26_an_event_whose_object_is_not_what_was_announced_is_redelivered_and_keeps_nothing",
        ],
    ),
    "D27": (
        "an event dropped",
        [
            f"{RECONCILE}::test_d27_a_dropped_event_is_found_reported_with_its_age_and_repaired",
            f"{SWEEP}::test_d27_an_event_that_was_dropped_is_found_by_its_outbox_counted_and_sent",
            f"{DAILY}::test_d27_whatever_is_wrong_is_found_once_in_a_round_of_any_number_of_parts",
            f"{SWEPT}::test_d27_once_a_day_what_does_not_agree_is_logged_and_counted",
            f"{TEMPLATE}::test_d27_what_does_not_agree_raises_an_alarm",
            f"{REPAIRED}::test_d27_a_dropped_event_is_reported_with_exit_1_and_repaired",
        ],
    ),
    "D28": ("end to end, under faults", [KILLED, EXPLORED]),
    # Leaks and privacy
    "L01": (
        "credentials, in every failure",
        [
            f"{CANARIES}::test_l01_credentials_are_nowhere_but_at_their_own_host",
            f"{CANARIES}::test_the_search_would_find_a_canary",
            f"{EXAMPLE}::test_l01_a_failure_logs_no_body",
        ],
    ),
    "L02": (
        "libraries at DEBUG",
        [
            f"{CANARIES}::test_l01_credentials_are_nowhere_but_at_their_own_host",
            "tests/aws/test_secrets.py::test_l02_the_sdk_at_debug_says_much_and_no_secret",
        ],
    ),
    "L03": (
        "titles that forge logs",
        [
            f"{LOGS}::test_l03_a_title_is_in_no_line_of_a_log_and_forges_none",
            f"{LOGS}::test_l03_a_title_is_one_line_and_cut_where_the_batchs_own_log_tells_of_it",
            "tests/cli/test_run.py::test_a_title_cannot_steer_the_terminal",
        ],
    ),
    "L04": (
        "bodies that tell our headers",
        [
            f"{LOGS}::test_l04_the_body_of_a_page_is_in_no_log_whatever_its_status",
            f"{CANARIES}::test_l01_credentials_are_nowhere_but_at_their_own_host",
        ],
    ),
    "L05": (
        "one feed's secrets in another's",
        [f"{LOGS}::test_l05_two_feeds_of_one_host_share_no_answer_and_no_entry"],
    ),
    "L06": ("callback addresses in logs", [f"{OTHERWISE}**L06**"]),
}
