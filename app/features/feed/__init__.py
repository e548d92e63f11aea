"""The feed: what is new about what one follows, strictly by time."""
