"""Handlers are thin: they read the event, call, and answer."""

from __future__ import annotations

import pytest

from feedriver.local.deploy import checkout, read_template

HANDLERS = sorted((checkout() / "functions").glob("*/app.py"))


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.parent.name)
def test_a_handler_has_fewer_than_sixty_lines(path):
    assert len(path.read_text("utf-8").splitlines()) < 60


def test_each_function_of_the_template_has_its_handler():
    functions = [
        resource["Properties"]["Handler"]
        for resource in read_template(checkout())["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert sorted(functions) == [f"functions.{path.parent.name}.app.handler" for path in HANDLERS]
