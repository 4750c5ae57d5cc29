"""Runs on more than one machine: the same engine behind the same port, one hop further (extra `ray`)."""
