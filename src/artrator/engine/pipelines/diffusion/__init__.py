"""The parts of a latent diffusion run: what is asked, what the text says, what the UNet predicts, what the VAE makes of it."""
