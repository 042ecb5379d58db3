"""The pure middle: identity, change, the seen-set, the wheel and the schedule, and the decision of one poll."""
