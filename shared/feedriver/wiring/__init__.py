"""What each function is made of: the only place where the middle meets its edges. A module a function.

clients      boto3's clients, and the clock: what is passed in by tests and by the command line
dispatch     the dispatch function
poll         the poll function, and polling by hand
reconcile    the reconcile function, and what all repair works on
"""
