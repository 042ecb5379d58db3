from importlib.metadata import version
from xml.parsers import expat

import pytest
from typer.testing import CliRunner

from feedriver.cli.app import app


@pytest.mark.case("P03")
def test_p03_the_versions_of_what_reads_documents_are_told():
    told = CliRunner().invoke(app, ["--version"])

    assert told.exit_code == 0
    assert told.output.startswith(f"feedriver {version('feedriver')} (")
    assert expat.EXPAT_VERSION.replace("_", " ") in told.output
    for name in ("feedparser", "nh3", "selectolax"):
        assert f"{name} {version(name)}" in told.output
