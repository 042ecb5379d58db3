"""The command line. In no bundle."""
