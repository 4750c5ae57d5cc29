"""What a visitor sees of models before running one: real outputs on a wall, and a way to report what should not be there."""
