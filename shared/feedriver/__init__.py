"""feedriver: every new article of any number of feeds, once, in your own AWS account.

A subscriber needs two modules: `feedriver.models` (what an entry is) and `feedriver.events` (what the bus carries).
ARCHITECTURE.md tells where everything else lives.
"""
