"""The museum's text encoder and UNet: Stable Diffusion's, a hundred times smaller."""

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from artrator.recipes.museum.autoencoder import CHANNELS
from artrator.recipes.museum.vocabulary import LENGTH

WIDTH, LAYERS, HEADS = 128, 2, 4  # of the text encoder
SIDES = (64, 96)  # channels at 8 and 4 latents a side
LATENT_SIDE = 8


class TextEncoder(nn.Module):
    """input_ids (N, LENGTH) -> hidden states (N, LENGTH, WIDTH)."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.clip = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=vocabulary,
                hidden_size=WIDTH,
                intermediate_size=3 * WIDTH,
                num_hidden_layers=LAYERS,
                num_attention_heads=HEADS,
                max_position_embeddings=LENGTH,
                bos_token_id=vocabulary - 2,
                eos_token_id=vocabulary - 1,
                pad_token_id=vocabulary - 1,
                attn_implementation="eager",  # for so few tokens quicker, and it exports plainly
            )
        )

    def forward(self, input_ids: Tensor) -> Tensor:
        return self.clip(input_ids).last_hidden_state


class Placed(nn.Module):
    """A convolution whose output knows where it is: rings and squares are told by their place long before by attention."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv
        self.place = nn.Parameter(0.02 * torch.randn(1, conv.out_channels, LATENT_SIDE, LATENT_SIDE))

    def forward(self, sample: Tensor) -> Tensor:
        return self.conv(sample) + self.place


class Denoiser(nn.Module):
    """sample (N, C, h, w), timestep (N,), encoder_hidden_states (N, LENGTH, WIDTH) -> velocity, like sample."""

    def __init__(self) -> None:
        super().__init__()
        self.unet = UNet2DConditionModel(
            sample_size=LATENT_SIDE,
            in_channels=CHANNELS,
            out_channels=CHANNELS,
            block_out_channels=SIDES,
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=WIDTH,
            attention_head_dim=4,  # the number of heads, in diffusers' words
            norm_num_groups=16,
            use_linear_projection=True,
            time_cond_proj_dim=WIDTH,
        )
        nn.init.zeros_(self.unet.time_embedding.cond_proj.weight)
        self.unet.conv_in = Placed(self.unet.conv_in)
        self.unet.set_attn_processor(AttnProcessor())  # of so few tokens, plain products are the quickest

    def forward(self, sample: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        # what the whole prompt says reaches every place at once: palettes are learned from it long before attention works
        whole = encoder_hidden_states.mean(1)
        return self.unet(sample, timestep, encoder_hidden_states, timestep_cond=whole, return_dict=False)[0]
