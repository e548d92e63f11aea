"""Neutrality, shown: who appears how often, and whose posts do, beside how many there are."""
