"""Places: finding them, measuring between them, and the region this instance speaks for."""
