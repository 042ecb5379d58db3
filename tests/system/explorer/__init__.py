"""The crash explorer: all that can go wrong at each call of a poll, and whether the promises hold after it.

PYTHONPATH=shared:tests/support:tests/system python -m explorer --help

explore(depth, switches, seeds)    one worker under every plan, two in every order of few changes, and seeds
run(plans)                         these alone
"""

from explorer.exploration import ALL, explore, run
from explorer.faults import Fault, Plan
from explorer.together import Turns
from explorer.verdict import Verdict

__all__ = ["ALL", "Fault", "Plan", "Turns", "Verdict", "explore", "run"]
