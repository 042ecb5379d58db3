"""How often publishers are asked on each bad day of AWS.

`PYTHONPATH=shared:tests/support:tests/system python -m manners`, with MANNERS=3 for longer.
"""
# ruff: noqa: T201  # it is for people

from __future__ import annotations

import sys
import time

from manners.bad_days import HEAD, PLANS, play

print(HEAD)
broken = 0
for plan in PLANS:
    begun = time.process_time()
    account = play(plan)
    print(f"{account.row(plan.before)}   {time.process_time() - begun:.1f} s", flush=True)
    for trouble in account.broken[:5]:
        print(f"    {trouble}")
    broken += len(account.broken)
sys.exit(1 if broken else 0)
