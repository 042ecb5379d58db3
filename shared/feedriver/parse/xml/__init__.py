"""XML feeds: all that is known of feedparser, and what surrounds it."""
