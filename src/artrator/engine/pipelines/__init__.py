"""The closed set of ways in which graphs make an output from inputs, one generator a file."""
