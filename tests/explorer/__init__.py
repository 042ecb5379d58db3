"""The crash explorer: everything that can go wrong at a call, at every call, and the promises after it.

    python -m explorer --help       with PYTHONPATH=shared:tests
"""
