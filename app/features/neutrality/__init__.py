"""Neutrality, shown: whose posts appear how often, beside how many there are."""
