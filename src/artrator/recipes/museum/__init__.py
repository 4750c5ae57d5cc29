"""The parts of `small_museum`, a latent text-to-image diffusion in Stable Diffusion's layout: one concept a file."""
