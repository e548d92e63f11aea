"""Kontor on one machine for development: ``kontor run`` and the embedded PostgreSQL."""
