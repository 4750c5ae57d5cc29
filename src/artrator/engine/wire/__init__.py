"""What goes over the border between the server and its sandboxed children, and how either side reads it."""
