"""template.yaml itself, deployed into the embedded AWS: the same resources, policies and rules as in the cloud.

The functions' code is this checkout's, zipped; their dependencies are those that feedriver itself runs with. (What a
bundle holds, and whether it holds enough, is shown by the bundle tests and `sam local invoke`.)
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from feedriver.aws.stack import Stack, describe
from feedriver.errors import LocalStackError
from feedriver.local.emulator import Emulator

NAME = "feedriver"
CONTACT = "http://localhost/"  # an emulator polls this machine's own feeds
CODE_BUCKET = "feedriver-code"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can carry: the same code, the same zip
WAIT = {"Delay": 1, "MaxAttempts": 60}


class _Template(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (`!Ref x` for `{"Ref": "x"}`)."""


def _short_form(loader: _Template, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if name == "Fn::GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)
    return {name: value}


_Template.add_multi_constructor("!", _short_form)


def read_template(root: Path) -> dict[str, Any]:
    """template.yaml of a checkout, its short forms spelled out."""
    template: dict[str, Any] = yaml.load((root / "template.yaml").read_bytes(), Loader=_Template)  # noqa: S506  # a SafeLoader
    return template


def checkout() -> Path:
    """Where template.yaml and the functions are: the checkout that feedriver runs from, or what its wheel has of it."""
    here = Path(__file__).resolve()
    for root in (here.parents[3], here.parent / "checkout"):
        if (root / "template.yaml").is_file() and (root / "functions").is_dir():
            return root
    raise LocalStackError("feedriver was installed without its template.yaml: install it from a wheel or a checkout")


def code_zip(root: Path) -> bytes:
    """The functions and the shared code, as they lie at the root of a bundle."""
    shared = root / "shared" if (root / "shared").is_dir() else Path(__file__).resolve().parents[2]
    files = {
        path.relative_to(base).as_posix(): path.read_bytes()
        for base, package in ((root, "functions"), (shared, "feedriver"))
        for path in (base / package).rglob("*.py")
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), files[name])
    return buffer.getvalue()


def deploy(aws: Emulator, parameters: Mapping[str, str], root: Path | None = None) -> Stack:
    """Create the stack, or update it where the template, the code or a parameter changed since."""
    root = root or checkout()
    code = code_zip(root)
    key = f"{hashlib.sha256(code).hexdigest()}.zip"
    template = read_template(root)
    template["Globals"]["Function"]["CodeUri"] = {"Bucket": CODE_BUCKET, "Key": key}
    template.pop("Rules", None)  # they refuse what is for a laptop, and this is one
    body = yaml.safe_dump(template)
    parameters = {"Local": "true", "Contact": CONTACT, **parameters}
    settled = {"code": key, "template": hashlib.sha256(body.encode()).hexdigest()[:32]} | parameters
    cloudformation = aws.clients("cloudformation")
    try:
        before = _existing(cloudformation)
        if before is None or {tag["Key"]: tag["Value"] for tag in before.get("Tags", [])} != settled:
            s3 = aws.clients("s3")
            s3.create_bucket(Bucket=CODE_BUCKET)
            s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=code)
            change = cloudformation.update_stack if before else cloudformation.create_stack
            change(
                StackName=NAME,
                TemplateBody=body,
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
                Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
                Tags=[{"Key": k, "Value": v} for k, v in settled.items()],
            )
            done = "stack_update_complete" if before else "stack_create_complete"
            cloudformation.get_waiter(done).wait(StackName=NAME, WaiterConfig=WAIT)
        return describe(cloudformation, NAME)
    except (ClientError, BotoCoreError) as error:
        reason = _why_it_failed(cloudformation) if isinstance(error, WaiterError) else str(error)
        raise LocalStackError(f"the local stack could not be deployed: {reason}") from error


def _existing(cloudformation: Any) -> dict[str, Any] | None:  # noqa: ANN401  # boto3 makes its clients at run time
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return stack


def _why_it_failed(cloudformation: Any) -> str:  # noqa: ANN401  # as above
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    reasons = [
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in events
        if "FAILED" in event["ResourceStatus"] and event.get("ResourceStatusReason")
    ]
    return "; ".join(reversed(reasons)) or "no reason was given"
