"""Configuration: from environment variables to a model, or a line that says what is wrong."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from feedriver import __version__
from feedriver.errors import InputError
from feedriver.fetch.user_agent import user_agent
from feedriver.settings import MEGABYTE, DispatchSettings, PollSettings, QueueSettings, SubscriberSettings

POLL = {"STATE_TABLE": "table", "ENTRIES_BUCKET": "bucket", "EVENT_BUS": "bus"}


def test_variables_are_read_by_the_names_of_the_fields_in_upper_case():
    settings = PollSettings.from_environment(
        POLL | {"FEEDS_AT_ONCE": "7", "ALLOW_PRIVATE": "true", "PATH": "/bin", "state_table": "x"}
    )
    assert settings == PollSettings(
        state_table="table", entries_bucket="bucket", event_bus="bus", feeds_at_once=7, allow_private=True
    )


def test_private_addresses_are_closed_unless_opened():
    assert PollSettings.from_environment(POLL).allow_private is False


@pytest.mark.parametrize(
    ("settings", "environment", "named"),
    [
        (QueueSettings, {}, ["POLL_QUEUE_URL"]),
        (DispatchSettings, {}, ["STATE_TABLE", "POLL_QUEUE_URL"]),
        (DispatchSettings, {"STATE_TABLE": "t", "POLL_QUEUE_URL": "u", "FEEDS_PER_BATCH": "501"}, ["FEEDS_PER_BATCH"]),
        (DispatchSettings, {"STATE_TABLE": "t", "POLL_QUEUE_URL": "u", "FEEDS_PER_BATCH": "0"}, ["FEEDS_PER_BATCH"]),
        (PollSettings, POLL | {"FEEDS_AT_ONCE": "many"}, ["FEEDS_AT_ONCE"]),
        (PollSettings, POLL | {"ALLOW_PRIVATE": "perhaps"}, ["ALLOW_PRIVATE"]),
        (PollSettings, POLL | {"MAX_DOCUMENT": "0"}, ["MAX_DOCUMENT"]),
        (SubscriberSettings, {}, ["LATEST_TABLE"]),
    ],
)
def test_each_variable_that_is_missing_or_wrong_is_named(settings, environment, named):
    with pytest.raises(InputError) as refused:
        settings.from_environment(environment)
    message = str(refused.value)
    assert all(f"{name}: " in message for name in named)
    assert message.count(": ") == len(named) + 1
    assert "\n" not in message


@pytest.mark.parametrize("name", POLL)
def test_a_variable_that_is_set_to_nothing_is_missing(name):
    with pytest.raises(InputError, match=f"{name}: "):
        PollSettings.from_environment(POLL | {name: ""})


def test_an_optional_variable_that_is_set_to_nothing_has_its_default():
    assert PollSettings.from_environment(POLL | {"CONTACT": "", "ALLOW_PRIVATE": ""}) == PollSettings.from_environment(
        POLL
    )


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        PollSettings.from_environment(POLL).event_bus = "other"


@pytest.mark.case("F32")
@pytest.mark.parametrize(
    ("contact", "seen"),
    [
        ("", f"feedriver/{__version__}"),
        ("mailto:news@desk.example", f"feedriver/{__version__} (+mailto:news@desk.example)"),
    ],
)
def test_f32_publishers_see_where_to_reach_whoever_runs_it(contact, seen):
    assert user_agent(PollSettings.from_environment(POLL | {"CONTACT": contact}).contact) == seen


@pytest.mark.case("AB04")
@pytest.mark.parametrize(("memory", "room"), [(128, 0), (1024, 202), (3008, 1525)])
def test_ab04_a_third_of_the_functions_memory_is_left_and_what_remains_is_for_states_and_documents(memory, room):
    settings = PollSettings.from_environment(POLL | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory)})
    assert settings.room // MEGABYTE == room
