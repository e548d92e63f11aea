"""Searches that people keep, and being told of what newly fits them."""
