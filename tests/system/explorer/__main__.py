"""Explore, and print what came of it; the exit status says whether every promise was kept."""

from __future__ import annotations

import argparse
import sys
import time

from explorer import ALL, Verdict, explore

arguments = argparse.ArgumentParser(prog="explorer", description=__doc__)
arguments.add_argument("--depth", type=int, default=2, help="faults a plan of one worker has at most (2)")
arguments.add_argument("--switches", type=int, default=2, help="how often two workers change places (2)")
arguments.add_argument("--seeds", type=int, default=1000, help="runs of two and three workers by chance (1000)")
arguments.add_argument("--seconds", type=float, help="for each part at most (no bound)")
given = arguments.parse_args()


def told(name: str, verdict: Verdict) -> None:
    sys.stdout.write(f"{verdict.figures['plans']:>10,}  {name}\n")
    sys.stdout.flush()


began = time.monotonic()
total = explore(given.depth, given.switches, given.seeds, seconds=given.seconds, stories=ALL, told=told)
said = "every promise kept" if total.kept else "PROMISES BROKEN"
sys.stdout.write(f"{total}\n{time.monotonic() - began:.0f} seconds: {said}\n")
sys.exit(not total.kept)
