"""Mediated contact about concealed posts, and the release of who is behind each side."""
