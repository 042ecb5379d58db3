"""The way of an entry, from the turn of its feed to its event.

    dispatch ─ batches ─ delivery ┬ leasing, redelivery, result         a message, and what becomes of it
                                  └ batch ┬ feed                        asking
                                          ├ desk, budget, unread, lag   who is read next, in how much memory and time
                                          ├ judge, raw                  deciding
                                          └ outbox, announcements       stage, commit, store, announce, clear

`log` reads what the polls of a feed wrote of themselves.
"""
