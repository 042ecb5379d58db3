"""What each function is made of: the only place where the middle meets its edges.

    clients      boto3's clients, and the clock: what tests and the command line put others for
    dispatch     the dispatch function
    poll         the poll function, and polling by hand
    reconcile    the reconcile function, and the edges that all repair works on
    deployment   a deployed stack, as the command line works on it

A module a function, so that a function's bundle carries what it imports and no more.
"""
