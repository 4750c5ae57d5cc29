"""Which graphs are in memory and on disk, and which go first when there is no room."""
