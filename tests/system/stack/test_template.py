"""What the template promises and no emulator enforces: read both as written and as SAM expands it."""

from __future__ import annotations

import copy
import os
import re
from typing import Any

import pytest
from checkout import ROOT
from samtranslator.translator.transform import transform

from feedriver.fetch.client import Client
from feedriver.fetch.user_agent import user_agent
from feedriver.local.deploy import read_template
from feedriver.sandbox.parser import MEMORY
from feedriver.settings import PollSettings

TEMPLATE = read_template(ROOT)
SECRETS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/feedriver/${AWS::StackName}/*"
VISIBILITY_TIMES_TIMEOUT = 6  # what AWS asks for of a queue that feeds a function


class NoManagedPolicies:
    @staticmethod
    def load() -> dict[str, str]:
        return {}


@pytest.fixture(scope="module")
def expanded() -> dict[str, Any]:
    """The CloudFormation that SAM makes of the template, with the bundles said to be in a bucket."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = copy.deepcopy(TEMPLATE)
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    return transform(template, {}, NoManagedPolicies)["Resources"]


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == kind}


def statements(expanded: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each policy statement of each role, with the role's name."""
    found = []
    for name, role in of_type(expanded, "AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            document = policy["PolicyDocument"]["Statement"]
            found += [(name, each) for each in (document if isinstance(document, list) else [document])]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_no_role_may_do_what_it_has_no_business_doing(expanded: dict[str, Any]) -> None:
    """Exact actions on exact ARNs; a star only as the tail of a prefix in the bucket, and of the secrets' own.

    A private feed has a parameter of its own, named by its id: there is no list of them to state in a policy.
    """
    own = statements(expanded)

    assert len(own) >= 9
    for name, statement in own:
        assert "*" not in str(statement["Action"]), name
        for resource in as_list(statement["Resource"]):
            assert resource != "*", name
            told = str(resource).replace(SECRETS, "")
            for prefix in ("staging", "entries", "held", "raw", "polls", "unread"):
                told = told.replace(f"${{EntriesBucket.Arn}}/{prefix}/*", "")
            assert "*" not in told, (name, resource)


@pytest.mark.case("S13")
def test_s13_only_the_poller_may_read_credentials_and_nobody_may_write_or_list_them(expanded: dict[str, Any]) -> None:
    asking = [(name, each) for name, each in statements(expanded) if "ssm:" in str(each["Action"])]

    assert [(name, each["Action"], each["Resource"]) for name, each in asking] == [
        ("PollFunctionRole", "ssm:GetParameters", {"Fn::Sub": SECRETS})
    ]
    environment = TEMPLATE["Resources"]["PollFunction"]["Properties"]["Environment"]["Variables"]
    prefix = environment["SECRETS_PREFIX"]["Fn::Sub"]
    assert TEMPLATE["Outputs"]["SecretsPrefix"]["Value"] == {"Fn::Sub": prefix}
    assert SECRETS.endswith(f":parameter{prefix}*")


def test_managed_policies_are_those_for_logs_and_queues_only(expanded: dict[str, Any]) -> None:
    managed = {
        arn.rpartition("/")[2] if isinstance(arn, str) else str(arn.get("Fn::Sub", arn))
        for role in of_type(expanded, "AWS::IAM::Role").values()
        for arn in role.get("ManagedPolicyArns", [])
    }

    assert {text.rpartition("/")[2] for text in managed} <= {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaSQSQueueExecutionRole",
    }


def test_no_policy_lets_everybody_in(expanded: dict[str, Any]) -> None:
    """No scanner flags it. A denial of everybody is another matter."""
    policies = of_type(expanded, "AWS::SQS::QueuePolicy") | of_type(expanded, "AWS::S3::BucketPolicy")

    for name, policy in policies.items():
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert statement["Principal"] != "*", name
                assert "aws:SourceArn" in str(statement["Condition"]), name


@pytest.mark.case("D12")
@pytest.mark.parametrize(
    ("queue", "function"), [("PollQueue", "PollFunction"), ("SubscriberQueue", "SubscriberFunction")]
)
def test_a_queue_hides_a_message_for_six_times_as_long_as_its_function_may_take(
    expanded: dict[str, Any], queue: str, function: str
) -> None:
    hidden = expanded[queue]["Properties"]["VisibilityTimeout"]

    assert hidden >= VISIBILITY_TIMES_TIMEOUT * expanded[function]["Properties"]["Timeout"]


def test_every_queue_is_encrypted_and_keeps_its_messages_for_a_stated_time(expanded: dict[str, Any]) -> None:
    queues = of_type(expanded, "AWS::SQS::Queue")

    assert len(queues) == 5
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True, name
        assert queue["MessageRetentionPeriod"] >= 86_400, name


@pytest.mark.case("D10", "D13")
def test_what_fails_ends_as_a_dead_letter(expanded: dict[str, Any]) -> None:
    """Queues, the schedule and the rule each have their own."""
    rule = expanded["SubscriberRule"]["Properties"]["Targets"][0]
    schedule = expanded["DispatchSchedule"]["Properties"]["Target"]

    for queue in ("PollQueue", "SubscriberQueue"):
        assert expanded[queue]["Properties"]["RedrivePolicy"]["maxReceiveCount"] == 5
    for target in (rule, schedule):
        assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].endswith("DeadLetters")
        assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 1


@pytest.mark.case("A05")
@pytest.mark.parametrize(("function", "every"), [("DispatchFunction", 60), ("ReconcileFunction", 3_600)])
def test_a05_a_scheduled_call_that_fails_is_not_tried_again_and_ends_as_a_dead_letter(
    expanded: dict[str, Any], function: str, every: int
) -> None:
    """The scheduler only hands over: its own dead letters never see a function fail. The next turn does what is left.

    Lambda's asynchronous invocation, "Configuring error handling settings": two retries and six hours by default, and
    the event is dropped at the end.
    """
    configs = of_type(expanded, "AWS::Lambda::EventInvokeConfig").values()
    (config,) = (each for each in configs if each["FunctionName"] == {"Ref": function})
    role = expanded[f"{function}Role"]["Properties"]

    assert config["MaximumRetryAttempts"] == 0
    assert config["MaximumEventAgeInSeconds"] <= every
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["ScheduleDeadLetters", "Arn"]}
    assert "ScheduleDeadLetters" in str([each for each in role["Policies"] if "sqs:SendMessage" in str(each)])


@pytest.mark.case("D09")
def test_a_batch_is_redelivered_only_where_it_failed(expanded: dict[str, Any]) -> None:
    """d09: without it the answer is ignored, and a failed message deleted."""
    mappings = of_type(expanded, "AWS::Lambda::EventSourceMapping")

    assert len(mappings) == 2
    for name, mapping in mappings.items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


def test_the_schedule_comes_each_minute_and_one_dispatch_runs_at_a_time(expanded: dict[str, Any]) -> None:
    schedule = expanded["DispatchSchedule"]["Properties"]

    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert expanded["DispatchFunction"]["Properties"]["Timeout"] < 60


@pytest.mark.case("A01")
def test_a01_nothing_is_reserved_unless_somebody_asks_for_it(expanded: dict[str, Any]) -> None:
    """A new account has a quota of 10 concurrent executions, all of which must stay unreserved (Lambda's quotas)."""
    assert TEMPLATE["Parameters"]["ReserveConcurrency"]["Default"] == "false"
    for name, function in of_type(expanded, "AWS::Lambda::Function").items():
        reserved = function.get("ReservedConcurrentExecutions")
        assert reserved in (None, {"Fn::If": ["Reserved", 1, {"Ref": "AWS::NoValue"}]}), name


@pytest.mark.case("A02")
def test_a02_a_first_deploy_that_fails_leaves_nothing_behind(expanded: dict[str, Any]) -> None:
    """What is kept for ever is kept when the stack is deleted, not when its creation is rolled back.

    DynamoDB would refuse to delete a protected table in that rollback, so protection is for a later update.
    """
    assert "Retain" not in {each.get("DeletionPolicy") for each in expanded.values()}
    assert TEMPLATE["Parameters"]["ProtectTable"]["Default"] == "false"
    assert expanded["StateTable"]["Properties"]["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}


@pytest.mark.case("A06")
def test_a06_metrics_and_alarms_are_a_stacks_own(expanded: dict[str, Any]) -> None:
    own = {"Ref": "AWS::StackName"}
    for name, function in of_type(expanded, "AWS::Lambda::Function").items():
        assert function["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == own, name
    for name, alarm in of_type(expanded, "AWS::CloudWatch::Alarm").items():
        namespace = alarm["Namespace"]
        assert namespace == own or (namespace.startswith("AWS/") and "Ref" in str(alarm["Dimensions"])), name


@pytest.mark.case("A08")
@pytest.mark.parametrize("contact", ["https://feeds.example/about", "mailto:a@b.example", "https://x.example/a_(b)"])
def test_a08_a_contact_that_the_template_takes_can_be_sent(contact: str) -> None:
    assert re.fullmatch(TEMPLATE["Parameters"]["Contact"]["AllowedPattern"], contact)
    settings = PollSettings(state_table="t", entries_bucket="b", event_bus="e", contact=contact)
    Client(user_agent=user_agent(settings.contact))


@pytest.mark.case("A08")
@pytest.mark.parametrize(
    "contact", ["", "mailto:jörg@example.org", "https://a.example/ b", "feeds.example", "http://\x7f"]
)
def test_a08_what_no_header_carries_is_refused_when_the_stack_is_deployed(contact: str) -> None:
    assert not re.fullmatch(TEMPLATE["Parameters"]["Contact"]["AllowedPattern"], contact)


@pytest.mark.case("AB06")
def test_ab06_a_log_group_is_made_before_its_function_and_outlives_it(expanded: dict[str, Any]) -> None:
    """The function names the group, and not the other way round: a group that it made itself would have no end."""
    for name, function in of_type(expanded, "AWS::Lambda::Function").items():
        group = function["LoggingConfig"]["LogGroup"]["Ref"]
        assert expanded[group]["Type"] == "AWS::Logs::LogGroup"
        assert name not in str(expanded[group]["Properties"]["LogGroupName"])
        assert function["LoggingConfig"]["SystemLogLevel"] == "INFO", "else no line tells its memory"


@pytest.mark.case("AB13")
def test_ab13_what_is_for_a_laptop_is_refused_in_the_cloud() -> None:
    told = {str(each["Assert"]) for each in TEMPLATE["Rules"]["NotALaptop"]["Assertions"]}
    assert told == {"{'Fn::Equals': [{'Ref': 'Local'}, 'false']}", "{'Fn::Equals': [{'Ref': 'EndpointUrl'}, '']}"}


def allowed(expanded: dict[str, Any], role: str) -> dict[str, set[str]]:
    """What a role may do: the actions by their resource, as text."""
    found: dict[str, set[str]] = {}
    for name, statement in statements(expanded):
        if name == role:
            for resource in as_list(statement["Resource"]):
                found.setdefault(str(resource), set()).update(as_list(statement["Action"]))
    return found


def test_the_index_knows_hosts_and_is_asked_for_slots_by_the_dispatcher_alone(expanded: dict[str, Any]) -> None:
    (index,) = TEMPLATE["Resources"]["StateTable"]["Properties"]["GlobalSecondaryIndexes"]
    dispatcher = allowed(expanded, "DispatchFunctionRole")
    reading = {name for name, statement in statements(expanded) if "by-slot" in str(statement["Resource"])}

    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["host"]}
    assert reading == {"DispatchFunctionRole"}
    assert dispatcher[str({"Fn::Sub": "${StateTable.Arn}/index/by-slot"})] == {"dynamodb:Query"}
    assert dispatcher[str({"Fn::GetAtt": ["StateTable", "Arn"]})] == {"dynamodb:GetItem", "dynamodb:PutItem"}


@pytest.mark.case("D20")
def test_d20_reconcile_may_do_what_it_needs_and_no_more(
    expanded: dict[str, Any],
) -> None:
    table, bus = str({"Fn::GetAtt": ["StateTable", "Arn"]}), str({"Fn::GetAtt": ["Bus", "Arn"]})
    entries, staging, held = (
        str({"Fn::Sub": f"${{EntriesBucket.Arn}}/{prefix}/*"}) for prefix in ("entries", "staging", "held")
    )
    items = {"dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:GetItem", "dynamodb:PutItem"}

    assert allowed(expanded, "ReconcileFunctionRole") == {
        table: items,
        str({"Fn::GetAtt": ["EntriesBucket", "Arn"]}): {"s3:ListBucket"},
        entries: {"s3:GetObject", "s3:PutObject"},
        staging: {"s3:GetObject", "s3:DeleteObject"},
        held: {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
        bus: {"events:PutEvents"},
        str({"Fn::GetAtt": ["ScheduleDeadLetters", "Arn"]}): {"sqs:SendMessage"},  # failed calls
    }
    own = [each for name, each in statements(expanded) if name == "ReconcileFunctionRole" and "Condition" in each]
    assert {action: each["Condition"] for each in own for action in as_list(each["Action"])} == {
        "s3:ListBucket": {"StringLike": {"s3:prefix": ["entries/*", "staging/*", "held/*"]}},
    }


@pytest.mark.case("D20")
def test_d20_the_sweep_comes_each_hour_and_an_old_outbox_raises_an_alarm(expanded: dict[str, Any]) -> None:
    schedule = expanded["ReconcileSchedule"]["Properties"]
    alarm = expanded["OutboxAlarm"]["Properties"]

    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["ReconcileFunction", "Arn"]}
    assert schedule["Target"]["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["ScheduleDeadLetters", "Arn"]}
    assert (alarm["Namespace"], alarm["MetricName"]) == ({"Ref": "AWS::StackName"}, "OutboxAge")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "reconcile"}]
    assert alarm["Threshold"] > 3_600


@pytest.mark.case("D27")
def test_d27_what_does_not_agree_raises_an_alarm(expanded: dict[str, Any]) -> None:
    alarm = expanded["AgreementAlarm"]["Properties"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ({"Ref": "AWS::StackName"}, "Disagreements")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "reconcile"}]
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Sum", "GreaterThanThreshold", 0)


def test_the_poller_may_put_feeds_back_on_its_own_queue_and_no_other(expanded: dict[str, Any]) -> None:
    """d08: what a batch had no time for."""
    poller = allowed(expanded, "PollFunctionRole")
    environment = expanded["PollFunction"]["Properties"]["Environment"]["Variables"]

    assert environment["POLL_QUEUE_URL"] == {"Ref": "PollQueue"}
    assert [where for where, actions in poller.items() if "sqs:SendMessage" in actions] == [
        str({"Fn::GetAtt": ["PollQueue", "Arn"]})
    ]


def test_the_bucket_is_private_versioned_and_forgets_what_it_should() -> None:
    bucket = TEMPLATE["Resources"]["EntriesBucket"]["Properties"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rules["raw-documents"]["Prefix"] == "raw/"
    assert rules["raw-documents"]["ExpirationInDays"] == {"Fn::If": ["KeepsDocuments", {"Ref": "RawDays"}, 1]}
    assert TEMPLATE["Parameters"]["RawDays"]["Default"] == 30
    assert not [rule for rule in rules.values() if rule.get("Prefix", "").startswith("entries")]


def test_what_is_kept_outlives_the_stack() -> None:
    for name in ("EntriesBucket", "StateTable"):
        assert TEMPLATE["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert TEMPLATE["Resources"][name]["UpdateReplacePolicy"] == "Retain"
    for name in ("StateTable", "LatestTable"):
        table = TEMPLATE["Resources"][name]["Properties"]
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_functions_run_on_python_3_13_with_logs_that_end(expanded: dict[str, Any]) -> None:
    functions = of_type(expanded, "AWS::Lambda::Function")
    groups = of_type(expanded, "AWS::Logs::LogGroup")

    assert set(functions) == {"DispatchFunction", "PollFunction", "ReconcileFunction", "SubscriberFunction"}
    assert {function["Runtime"] for function in functions.values()} == {"python3.13"}
    assert {str(function["Architectures"]) for function in functions.values()} == {str([{"Ref": "Architecture"}])}
    assert len(groups) == len(functions)
    assert all(group["RetentionInDays"] == 30 for group in groups.values())


def test_nothing_private_can_be_polled_from_the_cloud_unless_it_is_a_laptop() -> None:
    """s01: no VPC means that the guard is the only wall, and only `Local` opens it."""
    environment = TEMPLATE["Resources"]["PollFunction"]["Properties"]["Environment"]["Variables"]

    assert environment["ALLOW_PRIVATE"] == {"Ref": "Local"}
    assert TEMPLATE["Parameters"]["Local"]["Default"] == "false"
    assert TEMPLATE["Parameters"]["EndpointUrl"]["Default"] == ""


def test_no_environment_holds_a_secret() -> None:
    """Where the secrets lie is none."""
    for name, resource in TEMPLATE["Resources"].items():
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        telling = [key for key in variables if any(word in key for word in ("KEY", "SECRET", "TOKEN", "PASSWORD"))]
        assert set(telling) <= {"SECRETS_PREFIX"}, name


def test_the_poller_has_room_for_the_most_that_parsing_may_take(expanded: dict[str, Any]) -> None:
    """Lambda kills a function that takes more than it has, and its batch: no document may bring it there."""
    poller, parsing_at_rest = 250, 60  # megabytes
    memory = expanded["PollFunction"]["Properties"]["MemorySize"]
    assert memory >= poller + parsing_at_rest + MEMORY // 2**20
