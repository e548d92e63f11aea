"""What search engines are told of: only what everybody may read, and nobody has concealed."""
