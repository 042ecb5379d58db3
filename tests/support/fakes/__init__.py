"""A fake for each port, and the world that they make together."""
