"""What every part shares and what depends on nothing: errors, ids, money, time."""
