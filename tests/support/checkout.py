"""Where things lie in the checkout that the tests are run from."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "shared"
# Our modules and their files, by the names that they are imported by.
MODULES = {
    ".".join(path.relative_to(SHARED).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((SHARED / "feedriver").rglob("*.py"))
}
# Documents written by hand, and what is read in them beside each (tests/system/golden).
FEEDS = sorted(path for path in (ROOT / "tests" / "feeds").iterdir() if path.suffix != ".json")
# 2,821 captured documents of others: beside the checkout, where there are any.
CORPUS = ROOT.parent / "shared" / "corpus"
# What a process of ours imports from, where a test starts one.
PYTHONPATH = (SHARED, ROOT / "tests" / "support", ROOT / "tests" / "system")
