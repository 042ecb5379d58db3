"""The way of an entry, from the turn of its feed to its event.

dispatch → batches → delivery ┬ leasing, redelivery, outcome      a message and what becomes of it
└ batch ┬ feed                      asking
├ desk, budget, unread, lag what is read next, in how much memory and time
├ judge, raw                deciding
└ outbox                    stage, commit, store, announce, clear
"""
