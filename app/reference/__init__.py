"""What is known before anyone signs up: places, sectors, legal forms, sizes, topics, languages."""
