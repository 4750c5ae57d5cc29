"""What people put in the gallery themselves: pictures and walks of their own, seen, liked and reported by others."""
