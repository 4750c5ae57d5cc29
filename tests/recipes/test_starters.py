"""The starter bundles as they ship: each graph is run, and does what its manifest promises."""

from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import yaml
from PIL import Image

from artrator.recipes.art import PALETTES, STYLES, paint
from artrator.recipes.digits import INK, PAPER, draw_digits
from artrator.recipes.still_life import render
from artrator.starters import starter_folders

FOLDERS = {folder.name: folder for folder in starter_folders()}
MUSEUMS = [name for name in FOLDERS if name.startswith("small-museum")]
PAINTERS = ["shape-gan", "palette-vae", "digits-flow"]
ONE_GRAPH = [name for name in FOLDERS if name not in MUSEUMS]
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def manifest(name: str) -> dict:
    return yaml.safe_load((FOLDERS[name] / "artrator.yaml").read_text())


GRAPHS = [(name, role) for name in FOLDERS for role in manifest(name)["graphs"]]


@cache
def session(name: str, role: str | None = None) -> onnxruntime.InferenceSession:
    graphs = manifest(name)["graphs"]
    (file,) = graphs.values() if role is None else [graphs[role]]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(FOLDERS[name] / file, options, providers=["CPUExecutionProvider"])


def run(name: str, **tensors: np.ndarray) -> list[np.ndarray]:
    return session(name).run(None, tensors)


def latents(name: str, count: int, seed: int = 0) -> np.ndarray:
    width = session(name).get_inputs()[0].shape[1]
    return np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)


def read(images: np.ndarray) -> tuple[list[str], list[str]]:
    """images: (N, 3, H, W) in -1..1; gives the styles and palettes that the style-reader reads."""
    pixels = ((images.transpose(0, 2, 3, 1) + 1) * 127.5).astype(np.uint8)
    seen = np.stack([np.asarray(Image.fromarray(each).resize((96, 96), Image.Resampling.BOX)) for each in pixels])
    style, palette = run("style-reader", image=seen.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    labels = manifest("style-reader")["config"]["labels"]
    return [labels["style"][i] for i in style.argmax(1)], [labels["palette"][i] for i in palette.argmax(1)]


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    return render(160, 120).transpose(2, 0, 1)[None].astype(np.float32) / 255


def size_bytes(*names: str) -> int:
    return sum(path.stat().st_size for name in names for path in FOLDERS[name].rglob("*") if path.is_file())


def test_the_starters_ship() -> None:
    assert ONE_GRAPH == ["digits-flow", "palette-vae", "pencil-sketch", "shape-gan", "style-reader", "warm-cool"]


def test_the_starters_are_small() -> None:
    assert size_bytes(*ONE_GRAPH) < 12_000_000
    assert all(size_bytes(name) < 12_000_000 for name in MUSEUMS)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_holds_what_its_manifest_names_and_nothing_else(name: str) -> None:
    told = manifest(name)
    pictures = {
        value for example in told["examples"] for value in example.values() if str(value).startswith("examples/")
    }
    beside = {"tokenizer/vocab.json", "tokenizer/merges.txt", "scheduler/scheduler_config.json"}
    found = {str(path.relative_to(FOLDERS[name])) for path in FOLDERS[name].rglob("*") if path.is_file()}
    assert told["name"] == name
    assert found == {"artrator.yaml", *told["graphs"].values(), *pictures, *(beside if name in MUSEUMS else ())}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_manifest_is_finished(name: str) -> None:
    text = (FOLDERS[name] / "artrator.yaml").read_text()
    told = manifest(name)
    assert "@" not in text
    assert 0 < len(told["summary"]) <= 200
    assert f"artrator.recipes.{name.replace('-', '_')}" in told["description"]
    assert len(told["examples"]) >= 2
    assert all(set(example) <= set(told["inputs"]) for example in told["examples"])
    korean = told["translations"]["ko"]
    assert korean["summary"]
    assert korean["description"]
    assert set(korean["fields"]) == {*told["inputs"], *told["outputs"]}
    choices = {each for field in told["inputs"].values() for each in field.get("choices", [])}
    labels = {each for names in told.get("config", {}).get("labels", {}).values() for each in names}
    assert choices | labels | set(told["tags"]) <= set(korean["words"])


@pytest.mark.parametrize(("name", "role"), GRAPHS)
def test_a_graph_keeps_to_the_contract(name: str, role: str) -> None:
    model = onnx.load(FOLDERS[name] / manifest(name)["graphs"][role], load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version <= 11
    assert [entry.domain for entry in model.opset_import if entry.domain] == []
    assert 17 <= model.opset_import[0].version <= 23
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    for value in [*model.graph.input, *model.graph.output]:
        assert value.type.tensor_type.shape.dim[0].dim_param == "N"


@pytest.mark.parametrize(("name", "role"), GRAPHS)
def test_a_graph_says_nothing_of_the_machine_that_made_it(name: str, role: str) -> None:
    model = onnx.load(FOLDERS[name] / manifest(name)["graphs"][role])
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")  # any three letters turn up in a million weights
    content = model.SerializeToString()
    folders = (Path.home(), Path.cwd(), Path(__file__).parents[2])
    words = (b"/home/", b"/tmp/", b".py", *(str(folder).encode() for folder in folders))
    assert not any(word in content for word in words)


@pytest.mark.parametrize("name", ONE_GRAPH)
def test_the_inputs_of_a_graph_are_those_of_its_manifest(name: str) -> None:
    told, drawn = manifest(name), {"seed", "to_seed", "blend", "truncation"}
    got = {each.name for each in session(name).get_inputs()}
    assert got - {"latent"} == set(told["inputs"]) - (drawn if "latent" in got else set())


def vae_labels(count: int) -> dict[str, np.ndarray]:
    told = manifest("palette-vae")["inputs"]
    return {
        "style": np.arange(count) % len(told["style"]["choices"]),
        "palette": np.arange(count) // 3 % len(told["palette"]["choices"]),
    }


def labels_of(name: str, count: int) -> dict[str, np.ndarray]:
    match name:
        case "palette-vae":
            return vae_labels(count)
        case "digits-flow":
            return {"digit": np.arange(count) % 10}
        case _:
            return {}


@pytest.mark.parametrize("name", PAINTERS)
def test_pictures_from_latents_are_finite_and_in_range(name: str) -> None:
    labels = labels_of(name, 24)
    for scale in (0.1, 0.8, 1.5):
        (images,) = run(name, latent=scale * latents(name, 24), **labels)
        assert images.shape == (24, 3, 256, 256)
        assert np.isfinite(images).all()
        assert images.min() >= -1
        assert images.max() <= 1
        assert images.std((1, 2, 3)).min() > 0.005


@pytest.mark.parametrize("name", PAINTERS)
def test_a_picture_is_the_same_alone_and_in_a_batch(name: str) -> None:
    labels = labels_of(name, 3)
    latent = latents(name, 3)
    (together,) = run(name, latent=latent, **labels)
    (alone,) = run(name, latent=latent[1:2], **{key: value[1:2] for key, value in labels.items()})
    assert np.abs(alone[0] - together[1]).max() < 1e-4


def test_seeds_of_the_gan_differ_in_style_and_palette() -> None:
    (images,) = run("shape-gan", latent=0.8 * latents("shape-gan", 128))
    styles, palettes = read(images)
    assert len(set(styles)) >= 5
    assert len(set(palettes)) >= 9


def test_seeds_of_one_kind_differ_in_composition() -> None:
    one = {"style": np.full(8, 2), "palette": np.full(8, 0)}
    (images,) = run("palette-vae", latent=latents("palette-vae", 8), **one)
    small = images.reshape(8, 3, 16, 16, 16, 16).mean((3, 5))
    assert min(np.abs(small[i] - small[j]).mean() for i in range(8) for j in range(i)) > 0.03


def test_truncation_of_the_gan_leaves_the_style_alone() -> None:
    latent = latents("shape-gan", 64)
    calm, bold = (read(run("shape-gan", latent=scale * latent)[0]) for scale in (0.5, 1.0))
    assert np.mean([a == b for a, b in zip(calm[0], bold[0], strict=True)]) > 0.5  # 0.17 by chance
    assert np.mean([a == b for a, b in zip(calm[1], bold[1], strict=True)]) > 0.8


@pytest.mark.parametrize("name", PAINTERS)
def test_a_blend_goes_from_one_picture_to_the_other_by_small_steps(name: str) -> None:
    ends = 0.8 * latents(name, 2, seed=4)
    labels = {key: np.full(41, 2) for key in labels_of(name, 1)}
    turn = np.linspace(0, np.pi / 2, 41, dtype=np.float32)[:, None]
    (frames,) = run(name, latent=np.cos(turn) * ends[:1] + np.sin(turn) * ends[1:], **labels)
    whole = np.abs(frames[0] - frames[-1]).mean()
    steps = np.abs(np.diff(frames, axis=0)).mean((1, 2, 3))
    assert steps.max() < 0.5 * whole


def test_the_palette_asked_of_the_vae_is_the_palette_painted() -> None:
    labels = vae_labels(264)
    (images,) = run("palette-vae", latent=0.8 * latents("palette-vae", 264), **labels)
    names = manifest("palette-vae")["inputs"]["palette"]["choices"]
    right = [names[i] == got for i, got in zip(labels["palette"], read(images)[1], strict=True)]
    assert np.mean(right) >= 0.8


def test_the_style_asked_of_the_vae_is_the_style_painted() -> None:
    labels = vae_labels(264)
    (images,) = run("palette-vae", latent=0.8 * latents("palette-vae", 264), **labels)
    names = manifest("palette-vae")["inputs"]["style"]["choices"]
    right = [names[i] == got for i, got in zip(labels["style"], read(images)[0], strict=True)]
    assert np.mean(right) >= 0.45  # 0.17 by chance


def test_another_palette_keeps_the_composition() -> None:
    latent = np.repeat(latents("palette-vae", 8), 2, 0)
    labels = {"style": np.full(16, 4), "palette": np.tile([0, 7], 8)}
    (images,) = run("palette-vae", latent=latent, **labels)
    small = images.reshape(16, 3, 64, 4, 64, 4).mean((3, 5))
    edges = np.abs(np.diff(small, axis=3)).max(1).reshape(8, 2, -1)
    together = [np.corrcoef(pair)[0, 1] for pair in edges]
    apart = [np.corrcoef(edges[i, 0], edges[i - 1, 1])[0, 1] for i in range(8)]
    assert np.mean(together) > 0.5
    assert np.mean(together) > np.mean(apart) + 0.2


def written(digits: np.ndarray, *, truncation: float, seed: int = 0) -> np.ndarray:
    """Give ink of digits as the flow writes them, (N, 32, 32)."""
    latent = truncation * latents("digits-flow", len(digits), seed)
    (images,) = run("digits-flow", latent=latent, digit=digits)
    grey = images.mean(1).reshape(len(digits), 32, 8, 32, 8).mean((2, 4))
    paper, ink = (np.mean(colour) / 127.5 - 1 for colour in (PAPER, INK))
    return (grey - paper) / (ink - paper)


def test_the_digit_asked_of_the_flow_is_the_digit_written() -> None:
    """Read by the nearest three of 3,000 drawings."""
    drawn, digits = draw_digits(range(3_000))
    asked = np.arange(200) % 10
    ink = written(asked, truncation=0.7)
    apart = np.stack([np.square(drawn - each).sum((1, 2)) for each in ink])
    nearest = digits[np.argsort(apart, 1)[:, :3]]
    right = (nearest == asked[:, None]).sum(1) >= 2
    assert right.mean() >= 0.9


def test_hands_of_the_flow_differ_and_truncation_makes_them_neat() -> None:
    asked = np.full(40, 4)
    spread = [written(asked, truncation=scale).std(0).mean() for scale in (0.0, 0.3, 0.7, 1.0)]
    assert spread[0] < 1e-4
    assert spread == sorted(spread)
    assert spread[2] > 0.5 * draw_digits(range(4, 404, 10))[0].std(0).mean()


def test_a_digit_is_written_sharply_and_on_clean_paper() -> None:
    (images,) = run("digits-flow", latent=0.7 * latents("digits-flow", 50), digit=np.arange(50) % 10)
    ink = (images[:, 0] - images[:, 0].max()) / (images[:, 0].min() - images[:, 0].max())
    assert ((ink > 0.1) & (ink < 0.9)).mean() < 0.08
    edges = np.concatenate([ink[:, :6], ink[:, -6:]], 1)
    assert edges.mean() < 0.01


def test_the_style_reader_reads_fresh_paintings() -> None:
    pairs = [(style, palette) for style in STYLES for palette in PALETTES] * 2
    pictures = [paint(40_000 + i, 96, style=s, palette=p).image for i, (s, p) in enumerate(pairs)]
    styles, palettes = read(np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1)
    assert np.mean([got == style for got, (style, _) in zip(styles, pairs, strict=True)]) >= 0.9
    assert np.mean([got == palette for got, (_, palette) in zip(palettes, pairs, strict=True)]) >= 0.9


def test_the_labels_of_the_style_reader_are_the_styles_and_palettes_in_order() -> None:
    assert manifest("style-reader")["config"]["labels"] == {"style": list(STYLES), "palette": list(PALETTES)}


def sketch(photograph: np.ndarray, strength: float, detail: float) -> np.ndarray:
    numbers = {"strength": strength, "detail": detail}
    return run("pencil-sketch", image=photograph, **{k: np.array([v], np.float32) for k, v in numbers.items()})[0]


def test_a_pencil_sketch_is_grey_and_mostly_paper(photograph: np.ndarray) -> None:
    drawn = sketch(photograph, 0.6, 0.5)
    assert drawn.shape == photograph.shape
    assert (drawn.max(1) - drawn.min(1)).max() < 0.06
    assert drawn.mean() > 0.7 > photograph.mean()
    assert drawn.min() < 0.4


def test_a_pencil_draws_where_light_meets_shade(photograph: np.ndarray) -> None:
    grey = np.tensordot(photograph[0], LUMA, ([0], [0]))
    slope = np.hypot(*np.gradient(grey))
    drawn = sketch(photograph, 0.2, 0.8)[0].mean(0)
    assert drawn[slope > np.quantile(slope, 0.97)].mean() < drawn[slope < np.quantile(slope, 0.5)].mean() - 0.15


def test_pressing_the_pencil_darkens_and_a_finer_point_adds_lines(photograph: np.ndarray) -> None:
    assert sketch(photograph, 1, 0.5).mean() < sketch(photograph, 0.5, 0.5).mean() < sketch(photograph, 0, 0.5).mean()
    assert sketch(photograph, 0.3, 1).mean() < sketch(photograph, 0.3, 0).mean()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 300), (131, 97)])
def test_photographs_of_any_size_are_drawn_and_toned(height: int, width: int) -> None:
    image = np.random.default_rng(0).random((2, 3, height, width), np.float32)
    half = np.full(2, 0.5, np.float32)
    for result in (
        run("pencil-sketch", image=image, strength=half, detail=half)[0],
        run("warm-cool", image=image, warmth=half)[0],
    ):
        assert result.shape == image.shape
        assert np.isfinite(result).all()
        assert result.min() >= 0
        assert result.max() <= 1


def toned(photograph: np.ndarray, warmth: float) -> np.ndarray:
    return run("warm-cool", image=photograph, warmth=np.array([warmth], np.float32))[0]


def test_warmth_moves_red_against_blue(photograph: np.ndarray) -> None:
    lean = [
        float((image[:, 0] - image[:, 2]).mean()) for image in (toned(photograph, w) for w in (-1, -0.5, 0, 0.5, 1))
    ]
    assert lean == sorted(lean)
    assert lean[-1] - lean[0] > 0.2


@pytest.mark.parametrize("warmth", [-1.0, -0.3, 0.7, 1.0])
def test_warmth_keeps_the_lightness_of_every_pixel(photograph: np.ndarray, warmth: float) -> None:
    before, after = (np.tensordot(image[0], LUMA, ([0], [0])) for image in (photograph, toned(photograph, warmth)))
    assert np.abs(before - after).max() < 2e-3


def test_no_warmth_changes_nothing(photograph: np.ndarray) -> None:
    assert np.abs(toned(photograph, 0) - photograph).max() < 2e-3
