"""Parsing in a process of its own, which can be killed: what no precaution foresaw costs one document, not a batch."""
