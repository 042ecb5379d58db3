import os

import pytest
from corpus import archive


@pytest.fixture(scope="session")
def corpus():
    """The corpus, for tests that cannot do without."""
    if not archive.ARCHIVE.is_file():
        reason = f"the captured feeds are not at {archive.CORPUS}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return archive
