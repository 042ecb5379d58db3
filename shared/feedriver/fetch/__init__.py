"""The HTTP edge: one guarded client."""
