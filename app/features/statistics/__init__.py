"""Numbers about municipalities, sectors and the region, told without telling of anybody."""
