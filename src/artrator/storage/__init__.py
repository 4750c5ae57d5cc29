"""Blobs: bytes by key, in a folder or a bucket, and the signed links by which they are read."""
