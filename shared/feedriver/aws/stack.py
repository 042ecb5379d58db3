"""A deployed stack: CloudFormation, in the cloud or in the emulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from feedriver.errors import InputError


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: the names of its resources, by output; `InputError` where an older one lacks it."""

    name: str
    outputs: Mapping[str, str]

    def __getitem__(self, output: str) -> str:
        if output not in self.outputs:
            raise InputError(f"stack {self.name} has no output {output}: deploy this version of feedriver first")
        return self.outputs[output]


def find(clients: Callable[[str], Any], name: str) -> Stack:
    """The stack of this name in the account and region of these clients; `InputError`, saying why there is none."""
    try:
        return describe(clients("cloudformation"), name)
    except ClientError as error:
        raise InputError(f"stack {name}: {error.response['Error']['Message']}") from error
    except BotoCoreError as error:
        raise InputError(f"stack {name}: {error}") from error


def describe(cloudformation: Any, name: str) -> Stack:  # noqa: ANN401  # boto3 makes its clients at run time
    """The outputs of a deployed stack. Raises what botocore raises."""
    found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return Stack(name, {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])})
