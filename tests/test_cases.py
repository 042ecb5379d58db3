"""What the world does to a reader, and the test that shows what this one does: groups F, B, S, P and I.

The ids are those of the project's catalogue of cases; a few words say what each is about. A case that is decided
otherwise names the words by which ARCHITECTURE.md, under "Cases decided otherwise", tells why.
"""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OTHERWISE = "ARCHITECTURE.md: "

CLIENT, REDIRECTS = "tests/fetch/test_client.py", "tests/fetch/test_client_redirects.py"
WALLS, MANNERS = "tests/fetch/test_client_walls.py", "tests/fetch/test_client_manners.py"
PRIVATE = "tests/fetch/test_client_private.py"
GUARD, TARGET, DECODING = "tests/fetch/test_guard.py", "tests/fetch/test_target.py", "tests/fetch/test_decoding.py"
DECISION, SCHEDULE = "tests/decide/test_decision.py", "tests/decide/test_schedule.py"
TRUST, MOVES, HABITS = "tests/decide/test_trust.py", "tests/decide/test_moves.py", "tests/decide/test_manners.py"
PIPELINE, DOCUMENT = "tests/pipeline/test_pipeline.py", "tests/parse/test_document.py"
HOSTS, SKIPS = "tests/pipeline/test_manners.py", "tests/decide/test_skips.py"
AUDIT, FORTNIGHT = "tests/parse/test_audit.py", "tests/manners/test_fortnight.py"
IDENTITY, SEEN, CHANGE = "tests/decide/test_identity.py", "tests/decide/test_seen.py", "tests/decide/test_change.py"
DELETION, VOLATILE = "tests/decide/test_deletion.py", "tests/decide/test_volatile.py"
TAKEOVER, ENTRIES = "tests/decide/test_takeover.py", "tests/decide/test_entries.py"
SILENCE, READINGS = "tests/decide/test_silence.py", "tests/pipeline/test_readings.py"
SUBSCRIPTION, DATES = "tests/decide/test_subscription.py", "tests/parse/test_dates.py"
FEEDS = "tests/cli/test_feeds.py"
SOAK = "tests/hostile/test_everything_at_once.py"
SANDBOX = "tests/sandbox/test_parser.py"
COSTLY, FUZZ = "tests/hostile/test_documents.py", "tests/fuzz/test_fuzz.py"
BOUNDED = f"{PIPELINE}::test_p03_p22_documents_that_never_end_or_fill_the_memory_cost_themselves_and_no_other"
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
    # Documents, and what is in them
    "P01": (
        "entity bombs",
        [f"{COSTLY}::test_p01_an_entity_bomb_costs_nothing_and_no_mangled_text_is_stored"],
    ),
    "P02": (
        "authors without end",
        [
            f"{COSTLY}::test_p02_an_author_of_any_length_costs_what_its_length_does",
            "tests/parse/test_xmlfeed.py::test_p02_an_author_of_any_length_is_cut_before_feedparser_sees_it",
            BOUNDED,
        ],
    ),
    "P03": (
        "documents that cost more than they should",
        [
            f"{COSTLY}::test_p03_twice_the_document_is_not_four_times_the_work",
            f"{COSTLY}::test_p03_a_document_of_the_worst_sizes_is_read_or_refused_in_bounds",
            f"{COSTLY}::test_p03_where_a_bound_is_passed_all_the_same_the_feed_fails_and_the_next_is_read",
            f"{COSTLY}::test_p03_a_text_of_eight_megabytes_is_read_whole",
            f"{COSTLY}::test_p03_a_text_of_twenty_megabytes_is_read_or_refused_for_its_size_alone",
            f"{COSTLY}::test_p03_a_token_of_two_megabytes_costs_what_its_length_does",
            "tests/cli/test_version.py::test_p03_the_versions_of_what_reads_documents_are_told",
            f"{SANDBOX}::test_p03_a_document_that_passes_a_bound_fails_alone_and_the_next_is_read_by_a_new_process",
            BOUNDED,
        ],
    ),
    "P04": ("cut within an entry", [f"{DOCUMENT}::test_b05_p04_a_document_cut_anywhere_gives_nothing"]),
    "P08": (
        "scripts",
        [
            "tests/xss/test_xss.py::test_p08_markup_that_would_run_a_script_comes_out_without_it",
            "tests/xss/test_xss.py::test_p08_p09_an_address_that_would_run_a_script_is_dropped_wherever_it_stands",
            "tests/xss/test_browser.py::test_p08_a_browser_runs_no_script_of_what_came_out",
        ],
    ),
    "P25": (
        "anything at all",
        [
            f"{FUZZ}::test_p25_a_golden_document_after_accidents_gives_a_feed_or_our_error",
            f"{FUZZ}::test_p25_any_bytes_give_a_feed_or_our_error_and_what_is_read_can_be_written",
            f"{FUZZ}::test_p25_any_text_gives_a_feed_or_our_error",
            f"{FUZZ}::test_p25_what_html_says_once_sanitized_it_says_for_ever",
        ],
    ),
    "P11": (
        "odd dates",
        [
            f"{DATES}::test_p11_what_is_no_date_is_none",
            f"{DATES}::test_p11_no_text_makes_it_raise_and_every_moment_is_utc",
            f"{ENTRIES}::test_p11_a_date_ahead_becomes_the_time_of_the_first_sight_and_is_marked",
            f"{ENTRIES}::test_i15_no_date_decides_whether_an_entry_is_new_or_which_it_is",
        ],
    ),
    "P12": (
        "dates with and without a zone",
        [f"{ENTRIES}::test_p12_dates_with_and_without_a_zone_in_one_feed_are_all_utc_or_none"],
    ),
    "P15": (
        "ten thousand new entries at once",
        [
            f"{PIPELINE}::test_p15_a_first_import_of_ten_thousand_entries_fits_the_item_and_is_announced_whole",
            f"{OTHERWISE}P15",
        ],
    ),
    "P22": (
        "one bad entry",
        [f"{READINGS}::test_p22_one_bad_item_among_ninety_nine_good_ones_is_rejected_with_its_reason"],
    ),
    "P23": (
        "another feed at the address",
        [
            f"{READINGS}::test_p23_another_feed_at_the_address_is_told_before_its_entries",
            f"{TAKEOVER}::test_p23_it_is_told_once_a_change",
            f"{TAKEOVER}::test_p23_less_than_that_is_a_gap",
        ],
    ),
    "P24": (
        "a better parser is no news",
        [
            f"{READINGS}::test_p24_a_parser_that_reads_the_same_otherwise_announces_nothing",
            f"{DECISION}::test_p24_a_new_version_of_the_fingerprint_announces_nothing_and_is_adopted",
        ],
    ),
    # Identity and change
    "I01": (
        "no guid, an empty one, and 0",
        [
            f"{IDENTITY}::test_i01_without_a_guid_the_link_identifies",
            f"{IDENTITY}::test_i01_without_guid_and_link_the_content_identifies",
            f"{IDENTITY}::test_i01_the_guid_0_is_a_guid",
        ],
    ),
    "I02": (
        "one guid for all",
        [
            f"{IDENTITY}::test_i02_a_guid_that_all_items_share_is_distrusted",
            f"{IDENTITY}::test_i02_a_guid_that_all_items_share_is_distrusted_where_they_share_their_link_too",
        ],
    ),
    "I04": ("one guid in two feeds", [f"{READINGS}::test_i04_one_guid_in_two_feeds_is_two_entries_in_two_objects"]),
    "I05": (
        "an entry twice in a document",
        [f"{IDENTITY}::test_i05_an_entry_twice_in_a_document_is_announced_once_as_it_was_updated_last"],
    ),
    "I06": (
        "guids that flip",
        [
            f"{IDENTITY}::test_i06_guids_that_flip_for_the_whole_feed_bring_nothing_again",
            f"{SILENCE}::test_i06_i10_no_order_and_no_flip_of_guids_is_news",
        ],
    ),
    "I07": (
        "guids made anew",
        [
            f"{IDENTITY}::test_i07_guids_made_anew_on_each_fetch_bring_nothing_again",
            f"{IDENTITY}::test_i07_guids_made_anew_and_mostly_new_entries_cause_no_storm_for_ever",
        ],
    ),
    "I09": ("hostile guids", [f"{IDENTITY}::test_i09_a_hostile_guid_is_hashed_into_the_id_and_kept_as_data"]),
    "I10": (
        "another order",
        [
            f"{IDENTITY}::test_i10_a_new_order_brings_nothing",
            f"{SILENCE}::test_i06_i10_no_order_and_no_flip_of_guids_is_news",
        ],
    ),
    "I11": (
        "an edit, and a time stamp alone",
        [
            f"{VOLATILE}::test_i11_a_typo_is_one_update_and_a_new_time_stamp_alone_is_none",
            f"{DECISION}::test_i11_a_new_time_stamp_alone_is_no_edit",
        ],
    ),
    "I12": (
        "a window that shrinks and grows",
        [
            f"{IDENTITY}::test_i12_entries_that_left_the_window_and_come_back_are_not_new",
            f"{SILENCE}::test_i12_no_window_that_shrinks_and_grows_is_news",
            f"{DELETION}::test_i17_absence_is_never_deletion",
        ],
    ),
    "I13": (
        "for how long an entry is known",
        [
            f"{DECISION}::test_i13_an_entry_remembers_the_last_day_it_stood_in_a_document",
            f"{SEEN}::test_i13_those_seen_last_are_kept",
            f"{OTHERWISE}I13",
        ],
    ),
    "I14": (
        "more new entries than the window holds",
        [
            f"{DECISION}::test_i14_a_gap_is_suspected_where_nothing_known_is_left_and_said_once",
            f"{OTHERWISE}I14",
        ],
    ),
    "I15": (
        "old posts that are new",
        [
            f"{IDENTITY}::test_i15_an_old_post_in_the_middle_of_the_document_is_new",
            f"{ENTRIES}::test_i15_no_date_decides_whether_an_entry_is_new_or_which_it_is",
        ],
    ),
    "I16": (
        "the first subscription",
        [
            f"{SUBSCRIPTION}::test_i16_all_that_the_first_document_holds_is_announced_unless_asked_otherwise",
            f"{SUBSCRIPTION}::test_i16_where_asked_the_first_document_is_marked_as_seen_and_it_is_said",
            f"{FEEDS}::test_i16_feeds_that_were_added_with_new_only_bring_nothing_of_what_they_hold_and_the_others_all",
        ],
    ),
    "I17": (
        "tombstones",
        [
            f"{READINGS}::test_i17_a_tombstone_in_the_document_becomes_an_event_and_its_absence_none",
            f"{DELETION}::test_i17_the_deletion_of_a_known_entry_is_announced_once",
            f"{DELETION}::test_i17_an_entry_that_comes_back_is_a_new_revision_and_may_be_deleted_again",
            f"{DELETION}::test_i17_absence_is_never_deletion",
        ],
    ),
    "I19": (
        "entries that change at every fetch",
        [
            f"{VOLATILE}::test_i19_an_entry_that_changes_at_every_fetch_is_updated_five_times_and_then_once_a_day",
            f"{VOLATILE}::test_i19_versions_beyond_the_fifth_are_marked",
            f"{READINGS}::test_i19_the_last_version_of_a_volatile_entry_arrives_though_its_host_offers_validators",
            f"{CHANGE}::test_i19_a_new_signature_of_the_same_address_is_no_change",
        ],
    ),
    "I21": ("a feed that moves", [f"{MOVES}::test_i21_history_ids_and_revisions_move_with_the_feed"]),
    "I22": (
        "two addresses of one feed",
        [
            "tests/test_registry.py::test_i22_a_variant_of_a_known_address_is_known_and_left_as_it_is",
            "tests/test_urls.py::test_i22_variants_of_an_address_have_one_spelling",
        ],
    ),
}

READ, JSON = "tests/parse/test_odd_documents.py", "tests/parse/test_jsonfeed.py"
XML, ENTITIES, TITLES = "tests/parse/test_xmlfeed.py", "tests/parse/test_doctype.py", "tests/parse/test_text.py"
OF_ALL, SIZES = "tests/parse/test_corpus.py", "tests/pipeline/test_odd_sizes.py"

CASES |= {
    # Documents: what stands in them
    "P05": (
        "impossible characters",
        [
            f"{READ}::test_p05_an_impossible_character_costs_neither_the_entry_nor_the_feed",
            f"{XML}::test_p05_a_reference_to_no_character_costs_nothing_else",
            f"{OF_ALL}::test_p05_p25_no_record_holds_half_a_character",
        ],
    ),
    "P07": (
        "what XML does not allow",
        [
            f"{READ}::test_p07_what_xml_does_not_allow_is_read_as_it_was_meant_and_marked",
            f"{ENTITIES}::test_p07_harmless_entities_are_read_the_same_way_however_the_lines_are_broken",
            f"{ENTITIES}::test_p01_p07_an_entity_that_may_do_harm_is_left_alone",
        ],
    ),
    "P09": (
        "links that are none",
        [
            f"{READ}::test_p09_a_link_is_resolved_or_dropped",
            f"{XML}::test_i01_p09_a_guid_is_kept_as_written_and_a_link_is_absolute_or_none",
            f"{OF_ALL}::test_p09_every_address_that_is_given_out_is_absolute_http",
        ],
    ),
    "P13": (
        "contents and summaries, in any order",
        [
            f"{READ}::test_p13_a_content_of_each_type_is_the_body_wherever_the_summary_stands",
            f"{READ}::test_p13_a_content_that_is_elsewhere_or_no_text_leaves_the_summary",
            f"{READ}::test_p13_of_several_contents_the_same_is_chosen_in_any_order",
            f"{XML}::test_p13_content_goes_before_the_description_in_either_order",
            f"{XML}::test_p13_a_second_description_does_not_become_the_content",
        ],
    ),
    "P14": (
        "odd titles",
        [
            f"{READ}::test_p14_a_title_is_one_line_of_text_or_none",
            f"{TITLES}::test_p14_titles_are_one_line_of_text",
            f"{OF_ALL}::test_p14_no_title_has_a_line_break",
        ],
    ),
    "P16": (
        "entries larger than an event",
        [
            f"{SIZES}::test_p16_an_entry_of_any_size_is_stored_whole_and_its_event_points_to_it",
            f"{SIZES}::test_p16_the_limit_is_counted_in_bytes_of_utf_8_and_not_in_letters",
            "tests/test_events.py::test_p16_an_entry_is_trimmed_from_the_first_byte_too_many_on",
        ],
    ),
    "P17": (
        "items that say next to nothing",
        [
            f"{SIZES}::test_p17_an_item_that_says_one_thing_alone_has_a_key_that_stays",
            f"{SIZES}::test_p17_two_items_that_say_one_thing_each_are_two_entries",
            f"{SIZES}::test_p17_an_item_that_says_nothing_is_counted_with_its_reason_and_has_no_key",
        ],
    ),
    "P18": (
        "odd JSON",
        [
            f"{READ}::test_p18_json_is_strict_and_its_fields_are_lenient",
            f"{JSON}::test_p18_no_list_of_items_is_no_items",
            f"{JSON}::test_p18_an_id_may_be_a_number",
            f"{JSON}::test_p18_what_is_not_json_or_an_attack_is_malformed",
            f"{JSON}::test_p18_a_byte_order_mark_and_double_keys_are_no_obstacle",
            f"{JSON}::test_p18_text_with_tags_is_text_and_is_escaped_as_html",
        ],
    ),
    "P21": (
        "formats, and what is none",
        [
            f"{XML}::test_p21_formats_are_named",
            "tests/parse/test_golden.py::test_the_same_story_has_the_same_text_and_title_in_every_format",
            f"{DOCUMENT}::test_b08_what_is_no_feed_is_named",
            f"{DOCUMENT}::test_b08_a_page_gives_the_feeds_that_it_advertises",
        ],
    ),
}

GROUPS = {
    "F": (*range(1, 12), 13, 15, 16, *range(18, 31), 32, 33, 34, 35, 36, 39),
    "B": (1, 2, *range(4, 10), 11, 12, *range(15, 20), 22),
    "S": (*range(1, 7), *range(8, 12), 13, 14, 16),
    "P": (*range(1, 6), *range(7, 10), *range(11, 19), *range(21, 26)),
    "I": (1, 2, *range(4, 8), *range(9, 18), 19, 21, 22),
}
CRASHES, EPISODES = "tests/pipeline/test_crashes.py", "tests/pipeline/test_episodes.py"
STATE_TABLE, BUCKET, BUS = "tests/aws/test_state.py", "tests/aws/test_store.py", "tests/aws/test_bus.py"
QUEUE, VERSIONS = "tests/aws/test_queue.py", "tests/aws/test_versions.py"
POLLER, DISPATCHER, LOGS = (
    "tests/functions/test_poll.py",
    "tests/functions/test_dispatch.py",
    "tests/functions/test_logs.py",
)
EXAMPLE, READER = "tests/functions/test_subscriber.py", "tests/test_subscriber.py"
TURNS, REDELIVERY, TEMPLATE = "tests/test_dispatch.py", "tests/test_redelivery.py", "tests/stack/test_template.py"
CANARIES = "tests/test_canaries.py"
DIES = f"{CRASHES}::test_nothing_is_lost_and_what_comes_twice_is_the_same_to_the_letter"

CASES |= {
    # Delivery and state
    "D01": (
        "a crash before or after every call",
        [
            DIES,
            f"{CRASHES}::test_two_crashes_in_a_row_lose_nothing_either",
            f"{EPISODES}::test_a_crash_anywhere_between_commit_and_clear_tells_none_twice_and_forgets_none",
        ],
    ),
    "D02": (
        "done, and the reply lost",
        [
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
            f"{STATE_TABLE}::test_d06_the_same_revision_by_another_worker_is_a_conflict",
            f"{STATE_TABLE}::test_d06_a_lost_reply_does_not_hide_that_another_worker_was_first",
            f"{PIPELINE}::test_a_poll_that_was_overtaken_announces_nothing_and_changes_nothing",
            f"{OTHERWISE}**D06, D07**",
        ],
    ),
    "D07": (
        "a worker that comes too late",
        [
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
            f"{REDELIVERY}::test_d10_of_five_hundred_feeds_one_that_kills_is_buried_and_499_are_polled_within_minutes_of_the_death",
            f"{REDELIVERY}::test_d10_whichever_feeds_kill_they_alone_are_buried_and_nothing_goes_round_for_ever",
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
    "D13": ("a target that is down", [f"{TEMPLATE}::test_what_fails_ends_as_a_dead_letter"]),
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
            DIES,
            f"{PIPELINE}::test_a_leftover_outbox_is_announced_first_and_from_the_store",
            f"{PIPELINE}::test_a_leftover_outbox_is_announced_though_the_feed_is_not_due",
        ],
    ),
    "D21": ("a stream as relay", [f"{OTHERWISE}**D21**"]),
    "D22": (
        "validators apart from entries",
        [
            f"{PIPELINE}::test_entries_are_stored_before_they_are_committed_and_committed_before_they_are_announced",
            DIES,
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
    "D27": ("an event dropped", [f"{PIPELINE}::test_a_leftover_outbox_is_announced_first_and_from_the_store"]),
    "D28": ("end to end, under faults", [DIES, f"{CRASHES}::test_two_crashes_in_a_row_lose_nothing_either"]),
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
GROUPS |= {
    "D": (*range(1, 11), *range(12, 17), 18, *range(20, 25), 26, 27, 28),
    "L": (*range(1, 7),),
}
EVIDENCE = [(case, each) for case, (_, shown) in CASES.items() for each in shown]


def words(name: str) -> str:
    """The name of a test without the ids in front: those may become more."""
    return re.sub(r"^test_(?:[a-z]\d\d_)*", "", name)


@functools.cache
def names_in(path: Path) -> set[str]:
    functions = [each.name for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.FunctionDef)]
    return {words(name) for name in functions if name.startswith("test_")}


def decided_otherwise() -> str:
    """The section of that name; empty where there is none."""
    _, _, section = (ROOT / "ARCHITECTURE.md").read_text().partition("## Cases decided otherwise")
    return section.split("\n## ")[0]


def test_every_case_is_answered():
    assert set(CASES) == {f"{group}{number:02}" for group, numbers in GROUPS.items() for number in numbers}
    assert all(shown for _, shown in CASES.values())


@pytest.mark.parametrize(("case", "shown"), EVIDENCE, ids=[f"{case}-{n}" for n, (case, _) in enumerate(EVIDENCE)])
def test_what_answers_a_case_is_there(case, shown):
    if shown.startswith(OTHERWISE):
        assert shown.removeprefix(OTHERWISE) in decided_otherwise()
        return
    path, name = shown.split("::")
    assert words(name) in names_in(ROOT / path)
