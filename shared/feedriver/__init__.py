"""feedriver: every new article of any number of feeds, once, in your own AWS account.

Others may import what `__all__` names of `feedriver.models` (what an entry is), `feedriver.events` (what the bus
carries), `feedriver.subscriber` (what a reader of events needs) and `feedriver.errors`. It needs pydantic alone.
ARCHITECTURE.md tells where everything else lives.
"""

__version__ = "0.1.0"
