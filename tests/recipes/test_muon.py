"""The optimiser that follows the orthogonal part of each gradient."""

import pytest

torch = pytest.importorskip("torch")

from artrator.recipes.museum.muon import Muon, hidden_matrices, orthogonal  # noqa: E402


def test_singular_values_come_near_one_and_directions_stay() -> None:
    rows = torch.randn(24, 60, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(rows, full_matrices=False)
    got = torch.diagonal(left.T @ orthogonal(rows) @ right.T)
    assert 0.6 < got.min() < got.max() < 1.3
    assert torch.allclose(orthogonal(rows.T), orthogonal(rows).T, atol=1e-5)


def test_a_layer_learns_what_only_a_rare_direction_shows() -> None:
    torch.manual_seed(0)
    layer, scale = torch.nn.Linear(8, 8, bias=False), torch.logspace(0, -3, 8)
    wanted = torch.eye(8)
    muon = Muon(layer.parameters(), 0.05)
    for _ in range(300):
        loss = ((layer.weight - wanted) * scale).square().sum()
        layer.zero_grad()
        loss.backward()
        muon.step()
    assert (layer.weight[:, -1] - wanted[:, -1]).abs().max() < 0.2


def test_embeddings_vectors_and_the_outermost_convolutions_are_left_to_another() -> None:
    net = torch.nn.ModuleDict(
        {
            "conv_in": torch.nn.Conv2d(1, 2, 3),
            "hidden": torch.nn.Conv2d(2, 4, 3),
            "token_embedding": torch.nn.Embedding(3, 4),
        }
    )
    matrices, others = hidden_matrices(net)
    assert [tuple(each.shape) for each in matrices] == [(4, 2, 3, 3)]
    assert len(others) == 4
