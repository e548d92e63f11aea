"""Freight: what lorries and loads are described by, where they go, and when they fit."""
