"""Other people's APIs over the same runs, prices and rules."""
