"""What looks after what polls left: by the hour (`sweep`, `daily`), and by hand.

sweep, release         what was committed and not announced, or held, is announced
reconcile, daily       states and objects are compared, and `consistency` says what does not agree
replay, reparse        what was stored is announced again, or read again
redrive                dead letters are sent on their way again
objects, passing       how what was stored is read, and what of it cannot be
"""
