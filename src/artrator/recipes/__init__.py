"""Recipes that paint the training pictures and make the starter models; the server never imports them."""
