"""What the world does to requests, transport and addresses, and the tests that show what becomes of it: F, B, S."""

OTHERWISE = "docs/cases.md: "
CLIENT = "tests/fetch/test_client.py"
REDIRECTS = "tests/fetch/test_client_redirects.py"
WALLS = "tests/fetch/test_client_walls.py"
MANNERS = "tests/fetch/test_client_manners.py"
PRIVATE = "tests/fetch/test_client_private.py"
GUARD = "tests/fetch/test_guard.py"
TARGET = "tests/fetch/test_target.py"
DECODING = "tests/fetch/test_decoding.py"
DECISION = "tests/decide/test_decision.py"
SCHEDULE = "tests/decide/test_schedule.py"
TRUST = "tests/decide/test_trust.py"
MOVES = "tests/decide/test_moves.py"
HABITS = "tests/decide/test_manners.py"
PIPELINE = "tests/pipeline/test_pipeline.py"
DOCUMENT = "tests/parse/test_document.py"
HOSTS = "tests/pipeline/test_manners.py"
SKIPS = "tests/decide/test_skips.py"
AUDIT = "tests/parse/test_audit.py"
FORTNIGHT = "tests/manners/test_fortnight.py"
SOAK = "tests/hostile/test_everything_at_once.py"
SOAKED = f"{SOAK}::test_b01_b02_b04_whatever_hosts_do_at_once_no_batch_is_lost_and_good_feeds_are_read"
UNUSABLE = f"{CLIENT}::test_b04_b05_b06_b15_b16_an_answer_that_cannot_be_used_is_told_by_its_code"
SCORE = f"{FORTNIGHT}::test_no_point_is_lost_in_a_fortnight_of_two_hundred_feeds"

CASES = {
    # Conditional requests and politeness
    "F01": ("odd ETags", [f"{CLIENT}::test_f01_an_etag_goes_back_byte_for_byte", SCORE]),
    "F02": ("odd dates", [f"{CLIENT}::test_f02_a_last_modified_date_goes_back_byte_for_byte", SCORE]),
    "F03": ("one validator, both or none", [f"{TRUST}::test_f03_exactly_the_validators_that_a_host_gave_go_back"]),
    "F04": (
        "touched, not changed",
        [
            f"{DECISION}::test_the_same_body_under_other_validators_has_them_replaced_and_the_lost_ones_dropped",
            SCORE,
        ],
    ),
    "F05": (
        "new validators with a 304",
        [f"{DECISION}::test_a_304_with_a_new_validator_has_it_kept_and_the_other_one_too", SCORE],
    ),
    "F06": (
        "one validator changes, the other stays",
        [f"{DECISION}::test_a_304_with_a_new_validator_has_it_kept_and_the_other_one_too"],
    ),
    "F07": (
        "fetched, not committed",
        [
            f"{PIPELINE}::test_validators_do_not_advance_over_a_document_that_could_not_be_read",
            "tests/pipeline/test_crashes.py::test_nothing_is_lost_and_what_comes_twice_is_the_same_to_the_letter",
        ],
    ),
    "F08": (
        "an ETag no more",
        [
            f"{DECISION}::test_the_same_body_under_other_validators_has_them_replaced_and_the_lost_ones_dropped",
            SCORE,
        ],
    ),
    "F09": (
        "304 with a body, or unasked",
        [
            f"{CLIENT}::test_f09_the_body_of_a_304_is_ignored",
            f"{CLIENT}::test_f09_a_304_to_an_unconditional_request_is_an_error",
        ],
    ),
    "F10": (
        "304 for ever",
        [f"{TRUST}::test_f10_a_host_that_says_304_for_ever_is_asked_without_validators_once_in_eight_days_or_nine"],
    ),
    "F11": (
        "conditions ignored",
        [
            f"{PIPELINE}::test_the_same_body_costs_no_write_and_no_parse",
            f"{TRUST}::test_f11_a_host_that_ignores_validators_costs_a_write_in_eight_days_and_no_event",
        ],
    ),
    "F13": ("no-cache is no reason to forget", [f"{TRUST}::test_f13_no_cache_means_revalidate", SCORE]),
    "F15": (
        "hosts that choke on conditions",
        [
            f"{DECISION}::test_an_error_that_validators_may_have_caused_drops_them",
            f"{TRUST}::test_f15_validators_that_a_host_chokes_on_are_left_out_for_eight_days_and_then_tried_again",
        ],
    ),
    "F16": (
        "no burst after a restart",
        [
            "tests/local/test_river.py::test_the_second_run_is_conditional_and_announces_nothing",
            f"{TRUST}::test_f16_validators_live_in_the_table_so_that_a_restart_makes_no_burst",
        ],
    ),
    "F18": ("one GET a poll, no HEAD", [f"{CLIENT}::test_f32_a_request_is_these_bytes_and_no_more", SCORE]),
    "F19": (
        "how often the publisher wants visits",
        [
            f"{SCHEDULE}::test_a_publishers_wish_for_less_is_honoured_up_to_a_day",
            f"{SKIPS}::test_f19_nothing_is_asked_in_a_skipped_hour_or_on_a_skipped_day_unless_a_person_asks",
            SCORE,
        ],
    ),
    "F20": (
        "absurd numbers",
        [
            f"{SCHEDULE}::test_no_hint_at_all_leads_out_of_the_interval_classes",
            "tests/parse/test_xmlfeed.py::test_wishes_are_clamped_and_rubbish_is_none",
        ],
    ),
    "F21": (
        "Retry-After in full",
        [
            f"{PIPELINE}::test_a_retry_after_stops_every_request_however_often_the_feeds_turn_comes",
            f"{HOSTS}::test_f21_a_thousand_ticks_of_two_workers_make_no_request_until_the_time_has_come",
            SCORE,
        ],
    ),
    "F22": (
        "Retry-After that is odd",
        [
            f"{SCHEDULE}::test_a_retry_after_that_says_nothing_holds_nothing",
            f"{SCHEDULE}::test_a_retry_after_date_counts_from_the_answers_own_date",
            f"{SCHEDULE}::test_no_retry_after_is_an_error_or_holds_longer_than_a_month",
        ],
    ),
    "F23": (
        "429 without a time",
        [
            f"{DECISION}::test_a_429_that_says_no_time_holds_for_an_hour_and_backs_off",
            f"{HABITS}::test_f23_five_429s_without_a_retry_after_are_backed_off_from_and_it_is_remembered",
        ],
    ),
    "F24": (
        "errors for days",
        [
            f"{DECISION}::test_failures_back_off_and_the_rhythm_comes_back_with_the_first_good_answer",
            f"{HABITS}::test_f24_an_error_for_days_is_asked_about_ever_less_and_for_ever",
        ],
    ),
    "F25": (
        "410 Gone",
        [
            f"{PIPELINE}::test_a_feed_that_is_gone_is_asked_no_more",
            "tests/test_registry.py::test_a_feed_that_is_gone_is_revived_by_hand_with_all_that_is_known_of_it",
            SCORE,
        ],
    ),
    "F26": ("moved for good", [f"{MOVES}::test_f26_a_permanent_redirect_is_believed_after_ten_sightings"]),
    "F27": (
        "moved for now",
        [f"{REDIRECTS}::test_f26_f27_every_kind_of_redirect_is_followed_and_only_the_permanent_moves_the_feed"],
    ),
    "F28": (
        "validators of another address",
        [f"{CLIENT}::test_f28_validators_go_to_the_url_that_they_came_from_and_to_no_other", SCORE],
    ),
    "F29": (
        "odd Locations",
        [
            f"{REDIRECTS}::test_f29_a_location_is_resolved_per_rfc_3986",
            f"{REDIRECTS}::test_f29_s06_a_redirect_that_leads_nowhere_is_an_error",
        ],
    ),
    "F30": (
        "redirects without end",
        [
            f"{REDIRECTS}::test_f30_a_circle_of_redirects_is_noticed_at_its_first_round",
            f"{REDIRECTS}::test_f30_five_redirects_are_followed_and_no_sixth",
        ],
    ),
    "F32": ("cookies, referers, queries", [f"{CLIENT}::test_f32_cookies_and_referer_are_never_sent", SCORE]),
    "F33": (
        "netrc and proxies",
        [f"{CLIENT}::test_f33_proxies_and_netrc_in_the_environment_are_ignored"],
    ),
    "F34": (
        "a thousand feeds of one host",
        [
            f"{MANNERS}::test_f34_twenty_fetches_of_one_host_never_exceed_its_share",
            f"{HOSTS}::test_one_host_with_many_feeds_does_not_keep_the_others_from_their_turns",
        ],
    ),
    "F35": (
        "never under the interval",
        [
            f"{HABITS}::test_f35_requests_are_never_less_than_an_hour_apart_where_the_interval_is_an_hour",
            SCORE,
        ],
    ),
    "F36": (
        "an impatient person",
        [
            f"{PIPELINE}::test_force_asks_at_once_and_still_conditionally",
            f"{HABITS}::test_f36_a_person_who_asks_twenty_times_asks_conditionally",
        ],
    ),
    "F39": ("bot walls", [f"{DECISION}::test_a_bot_wall_is_named"]),
    # Transport, bodies, encodings
    "B01": (
        "drips",
        [
            f"{CLIENT}::test_b01_dripping_bytes_do_not_move_the_deadline",
            f"{CLIENT}::test_b01_a_host_that_falls_silent_is_given_up_at_the_deadline",
            SOAKED,
        ],
    ),
    "B02": (
        "bombs",
        [
            f"{DECODING}::test_b02_a_bomb_is_given_up_when_it_has_filled_the_cap",
            f"{DECODING}::test_b02_more_than_one_coding_is_refused",
            f"{DECODING}::test_b02_gzip_within_gzip_is_undone_once_only",
            SOAKED,
        ],
    ),
    "B04": (
        "endless bodies",
        [f"{CLIENT}::test_b04_an_endless_body_is_given_up_at_the_cap", SOAKED],
    ),
    "B05": (
        "cut short",
        [
            f"{DECODING}::test_b05_a_coded_stream_cut_short_is_truncated",
            f"{DOCUMENT}::test_b05_p04_a_document_cut_anywhere_gives_nothing",
            UNUSABLE,
        ],
    ),
    "B06": ("lying lengths", [UNUSABLE, f"{CLIENT}::test_b06_chunks_that_break_late_are_told_at_once"]),
    "B07": (
        "a body of nothing",
        [f"{DOCUMENT}::test_b07_a_body_of_nothing_is_an_error_and_not_a_feed_without_entries"],
    ),
    "B08": (
        "a page instead",
        [
            f"{DOCUMENT}::test_b08_what_is_no_feed_is_named",
            f"{HABITS}::test_b07_b08_a_body_that_is_no_feed_is_an_error_and_the_feed_comes_back_as_it_was",
        ],
    ),
    "B09": ("noise before the document", [f"{DOCUMENT}::test_b09_what_stands_before_the_document_is_tolerated"]),
    "B11": ("a wrong content type", [f"{DOCUMENT}::test_b11_a_content_type_alone_refuses_nothing"]),
    "B12": (
        "charsets that disagree",
        [f"{DOCUMENT}::test_b12_the_right_text_whatever_is_said_of_its_encoding"],
    ),
    "B15": ("odd headers", [UNUSABLE, f"{CLIENT}::test_b16_unusual_and_well_formed_answers_are_read", SOAKED]),
    "B16": ("old and unusual HTTP", [f"{CLIENT}::test_b16_unusual_and_well_formed_answers_are_read", UNUSABLE]),
    "B17": (
        "TLS that fails",
        [
            f"{WALLS}::test_b17_a_certificate_that_nobody_vouches_for_is_refused",
            f"{WALLS}::test_b17_a_certificate_of_another_host_is_refused",
            f"{WALLS}::test_b17_a_handshake_that_breaks_off_is_tls",
            f"{WALLS}::test_b17_a_handshake_that_never_ends_is_given_up_at_the_deadline",
            "tests/test_architecture.py::test_certificates_are_always_checked",
        ],
    ),
    "B18": (
        "several addresses, one broken",
        [f"{WALLS}::test_b18_an_address_that_fails_gives_way_to_one_that_answers"],
    ),
    "B19": (
        "names that do not resolve, or not soon",
        [
            f"{WALLS}::test_b19_a_name_that_does_not_resolve_is_dns",
            f"{WALLS}::test_b19_a_lookup_that_hangs_in_its_thread_does_not_pass_the_deadline",
            f"{WALLS}::test_b19_hanging_names_do_not_stand_in_front_of_others",
        ],
    ),
    "B22": (
        "ten thousand entries",
        ["tests/hostile/test_big_feeds.py::test_b22_three_new_entries_among_ten_thousand_are_three_events"],
    ),
    # Server-side request forgery, and URLs
    "S01": (
        "inward addresses",
        [
            f"{GUARD}::test_s01_s05_any_other_address_is_refused_with_its_reason",
            f"{WALLS}::test_s01_the_socket_is_refused_where_all_else_was_passed",
        ],
    ),
    "S02": ("redirects inward", [f"{REDIRECTS}::test_s02_a_redirect_inward_is_refused"]),
    "S03": (
        "rebinding",
        [
            f"{WALLS}::test_s03_a_name_is_looked_up_once_so_that_rebinding_has_no_second_chance",
            f"{GUARD}::test_s03_one_private_address_among_public_ones_refuses_the_host",
        ],
    ),
    "S04": (
        "spellings of an address",
        [
            f"{GUARD}::test_s04_every_spelling_of_an_address_is_read_as_the_system_reads_it",
            f"{WALLS}::test_s04_s05_nothing_reaches_loopback",
        ],
    ),
    "S05": (
        "addresses within addresses",
        [f"{TARGET}::test_s04_s05_an_inward_address_is_refused_however_it_is_spelled"],
    ),
    "S06": ("schemes", [f"{TARGET}::test_s06_s13_s14_what_is_no_url_of_a_feed_is_refused"]),
    "S08": (
        "ports",
        [
            f"{TARGET}::test_s08_a_port_that_is_not_allowed_is_refused",
            f"{REDIRECTS}::test_s08_a_redirect_to_a_port_that_is_not_allowed_is_refused",
        ],
    ),
    "S09": (
        "bodies that name files",
        [f"{AUDIT}::test_s09_s10_a_document_that_names_files_and_hosts_opens_none"],
    ),
    "S10": (
        "XML that asks for more",
        [f"{AUDIT}::test_s09_s10_a_document_that_names_files_and_hosts_opens_none"],
    ),
    "S11": (
        "addresses found in documents",
        [
            "tests/test_architecture.py::test_a_library_is_known_in_its_own_rooms_only",
            f"{AUDIT}::test_s09_s10_a_document_that_names_files_and_hosts_opens_none",
        ],
    ),
    "S13": (
        "credentials in addresses",
        [
            f"{PRIVATE}::test_s13_nothing_goes_to_another_origin_even_where_the_redirect_says_it",
            "tests/test_canaries.py::test_l01_credentials_are_nowhere_but_at_their_own_host",
        ],
    ),
    "S14": ("addresses without end", [f"{TARGET}::test_s06_s13_s14_what_is_no_url_of_a_feed_is_refused"]),
    "S16": ("what errors give away", [f"{OTHERWISE}S16"]),
}
