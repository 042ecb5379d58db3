"""For all tests: a property is judged by what holds, not by how long a busy machine takes to see it."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
