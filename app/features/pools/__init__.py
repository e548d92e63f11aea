"""Purchasing pools: many take part in one order, each with a quantity."""
