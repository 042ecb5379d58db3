"""The emulator on a laptop: the embedded AWS, the deploy of template.yaml into it, its folder, and the sample town."""

"""The emulator on a laptop: the embedded AWS, the deploy of template.yaml into it, its folder, and the sample town."""
