"""Companies: founding, claiming and importing them, who speaks for them, finding them."""
