"""Every check that a version must pass, one a file."""
