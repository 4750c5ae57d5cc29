"""Train a text-to-image model on the paintings and their captions, and write it in diffusers' ONNX layout.

    python -m artrator.recipes.small_museum --out FOLDER

A latent diffusion (Rombach et al. 2022) in Stable Diffusion's layout, small enough to learn and to paint on a processor:
an autoencoder (`museum/autoencoder.py`), a vocabulary of the captions' words, a text encoder and a UNet
(`museum/networks.py`). Each part goes on from its own checkpoint.
"""

from artrator.recipes.harness import Options, load_paintings, read_options
from artrator.recipes.museum.compression import encode_paintings, fit_autoencoder
from artrator.recipes.museum.condensation import condense_all, fit_inner_pair
from artrator.recipes.museum.diffusion import caption_prompts, fit_diffusion
from artrator.recipes.museum.export import SIDE_PX, Museum, export_museum
from artrator.recipes.museum.manifest import Kind
from artrator.recipes.museum.noise import DDIM, GUIDANCE
from artrator.recipes.museum.polish import polish
from artrator.recipes.museum.vocabulary import learn_vocabulary
from artrator.recipes.museum.whole import WholeDecoder, WholeEncoder

STEPS, PAINTINGS = 10_500, 22_880
KIND = Kind(name="small-museum", scheduler=DDIM, steps=12, most_steps=50, guidance=GUIDANCE)


def learn(options: Options) -> Museum:
    """Train all the parts, one after another; the tokenizer's files are written at once. options.steps: of the UNet."""
    paintings = load_paintings(options.work, options.paintings, SIDE_PX)
    autoencoder = fit_autoencoder(options, paintings)
    fine = encode_paintings(options, autoencoder.encoder, paintings)
    inner = fit_inner_pair(options, fine)
    latents = condense_all(options, inner.condenser, fine)
    encoder = WholeEncoder(autoencoder.encoder, inner.condenser, fine, latents)
    decoder = WholeDecoder(autoencoder.decoder, inner.expander, fine, latents)
    tokenizer = learn_vocabulary(caption_prompts(paintings, seed=0), options.out / "tokenizer")
    return Museum(
        paintings=paintings,
        encoder=encoder,
        decoder=polish(options, decoder, latents, paintings),
        latents=latents,
        tokenizer=tokenizer,
        diffusion=fit_diffusion(options, latents, paintings, tokenizer),
    )


def main(arguments: list[str] | None = None) -> None:
    """Train, and write the bundle."""
    options = read_options("small_museum", steps=STEPS, paintings=PAINTINGS, arguments=arguments)
    museum = learn(options)
    export_museum(options.out, museum, KIND)


if __name__ == "__main__":
    main()
