"""The catalog: what is published, by whom, at what price, and how it is found."""
