"""What the kind ``event`` is made of: its terms, its rule, public holidays, and its dates."""
