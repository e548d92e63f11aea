"""Events: deciding on single dates, and taking part in them."""
