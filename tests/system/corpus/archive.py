"""The captured feeds beside the checkout."""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Callable

from checkout import CORPUS

ARCHIVE = CORPUS / "feeds.tar.xz"


def documents(wanted: Callable[[str], bool] = bool) -> dict[str, bytes]:
    """The documents of the corpus whose paths are `wanted`, by path."""
    with tarfile.open(ARCHIVE) as archive:
        return {
            path: archive.extractfile(member).read()
            for member in archive
            if member.isfile() and wanted(path := member.name.removeprefix("feeds/"))
        }


def captured() -> set[str]:
    """The paths of the documents that were captured from live sites."""
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        return {row["path"] for row in csv.DictReader(index, delimiter="\t") if row["real"] == "real"}
