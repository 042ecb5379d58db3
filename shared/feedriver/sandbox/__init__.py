"""Parsing in a process of its own, which can be killed: an unforeseen fault costs one document, not a batch."""
