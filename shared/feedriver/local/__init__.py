"""The embedded AWS and the sample origin, for a laptop and for tests. In no bundle."""
