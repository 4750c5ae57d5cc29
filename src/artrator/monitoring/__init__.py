"""How the platform is, for those who operate it."""
