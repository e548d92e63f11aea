"""Measuring Kontor: a region of made data, and a load on the real application."""
