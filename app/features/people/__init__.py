"""People: the public faces of accounts, and the directory of them."""
