"""Private threads, and conversations between people and with companies."""
