"""What looks after what polls left, by the hour and by hand.

    sweep, release         what was committed and not announced, or held, is announced
    reconcile, daily       states and objects are compared; `consistency` says what does not agree
    replay, reparse        what was stored is announced again, or read again
    redrive                dead letters are sent on their way again

`objects` reads what was stored, and `passing` names what of it cannot be read.
"""
