"""Images and tensors between the bytes that a user sends or gets and the arrays that graphs take and make."""
