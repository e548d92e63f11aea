"""Claiming companies: a person shows that a company is theirs to keep, and becomes its owner."""
