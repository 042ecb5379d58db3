"""The whole way under the functions' own roles: the emulator refuses what their policies do not allow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from local.enforced import Enforced, parameters, until

from feedriver.cli.sources import register_all
from feedriver.local.deploy import deploy
from feedriver.local.emulator import emulator
from feedriver.local.town import Town

pytestmark = [pytest.mark.stack, pytest.mark.long]


@pytest.fixture(scope="module")
def enforced(tmp_path_factory):
    with emulator(tmp_path_factory.mktemp("enforced"), enforce_iam=True) as aws:
        yield Enforced(aws, deploy(aws, parameters(aws)))


def test_from_the_schedule_to_the_subscribers_table_under_the_functions_own_roles(enforced):
    enforced.allow_what_the_emulator_asks_for()
    river = enforced.river
    with Town(memory=None, slow=0) as town:
        feeds = [url for url in town.feeds if "lost-property" not in url]  # three hundred entries would tell no more
        feeds.append(f"{feeds[0]}?token=canary-1")  # a private one, so that the poller reads its secret
        register_all(river.registry, feeds, datetime.now(UTC))
        enforced.dispatch()
        until(lambda: enforced.listing("polls/"))  # the last that a poll writes
    states = list(river.states.every())
    assert len(states) == len(feeds)
    assert all(state.rev and not state.outbox for state in states)
    (private,) = [state for state in states if state.secret]
    assert (private.failing, "canary" in private.url) == (None, False)
    assert enforced.listing("raw/")
    entries = len(enforced.lines())
    assert entries > 50
    until(lambda: enforced.latest() >= entries)
    assert enforced.latest() == entries
    assert enforced.dead_letters() == 0


def test_a_function_without_its_policy_is_refused(enforced):
    iam, role = enforced.aws.clients("iam"), enforced.physical("DispatchFunctionRole")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    failed, answer = enforced.invoke("DispatchFunction")
    assert failed == "Unhandled"
    assert "AccessDenied" in answer["errorMessage"]
