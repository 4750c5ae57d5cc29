"""What the platform holds of one person, across all parts: take it along, or have it deleted."""
