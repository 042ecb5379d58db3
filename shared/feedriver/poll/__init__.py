"""The way of an entry, from the turn of its feed to its event.

    dispatch ─ batches ─ delivery ┬ leasing, redelivery, result                a message, and what becomes of it
                                  └ batch, context ─ feed                      a batch, and each of its feeds
                                                      ├ parse_queue, budget    who is read next, in how much memory
                                                      ├ unread, lag            what time did not suffice for
                                                      ├ answer                 parse and decide
                                                      └ commit ┬ raw           stage, commit
                                                               └ outbox, announcements   store, announce, clear

`log` reads what the polls of a feed wrote of themselves.
"""
