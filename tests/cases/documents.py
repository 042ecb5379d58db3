"""What stands in documents, and what becomes of entries over time, with the tests that show it: P, I."""

OTHERWISE = "docs/cases.md: "
DECISION = "tests/decide/test_decision.py"
MOVES = "tests/decide/test_moves.py"
PIPELINE = "tests/pipeline/test_pipeline.py"
DOCUMENT = "tests/parse/test_document.py"
IDENTITY = "tests/decide/test_identity.py"
SEEN = "tests/decide/test_seen.py"
CHANGE = "tests/decide/test_change.py"
DELETION = "tests/decide/test_deletion.py"
VOLATILE = "tests/decide/test_volatile.py"
TAKEOVER = "tests/decide/test_takeover.py"
ENTRIES = "tests/decide/test_entries.py"
SILENCE = "tests/decide/test_silence.py"
READINGS = "tests/pipeline/test_readings.py"
SUBSCRIPTION = "tests/decide/test_subscription.py"
DATES = "tests/parse/test_dates.py"
FEEDS = "tests/cli/test_feeds.py"
SANDBOX = "tests/sandbox/test_parser.py"
COSTLY = "tests/hostile/test_documents.py"
FUZZ = "tests/fuzz/test_fuzz.py"
BOUNDED = f"{PIPELINE}::test_p03_p22_documents_that_never_end_or_fill_the_memory_cost_themselves_and_no_other"
READ = "tests/parse/test_odd_documents.py"
JSON = "tests/parse/test_jsonfeed.py"
XML = "tests/parse/test_xmlfeed.py"
ENTITIES = "tests/parse/test_doctype.py"
TITLES = "tests/parse/test_text.py"
OF_ALL = "tests/parse/test_corpus.py"
SIZES = "tests/pipeline/test_odd_sizes.py"

CASES = {
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
            f"{COSTLY}::test_p03_eight_times_the_document_is_not_sixty_four_times_the_work",
            f"{COSTLY}::test_p03_a_document_of_the_worst_sizes_is_read_or_refused_in_bounds",
            f"{COSTLY}::test_p03_where_a_bound_is_passed_all_the_same_the_feed_fails_and_the_next_is_read",
            f"{COSTLY}::test_p03_a_text_of_eight_megabytes_is_read_up_to_the_bound_of_a_body",
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
