"""Runs of LoRAs: base and LoRA run together, each creator gets their part, and what does not fit holds no money."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.platforms import Platform
from tests.predictions.scripted_fleet import ScriptedFleet

from artrator.bundle.lora_manifest import LORA_WEIGHT
from artrator.catalog.listing import Filters, Order
from artrator.catalog.model import VersionStatus, Visibility
from artrator.identity.user import User
from artrator.kernel.errors import Conflict, Invalid
from artrator.kernel.ids import Digest
from artrator.kernel.money import MAX_AMOUNT, Micros
from artrator.ledger.statement_csv import statement_csv
from artrator.ledger.transfer import TransferCode
from artrator.predictions.composition import LoraRef, VersionRef
from artrator.predictions.creators import CreatorFigures
from artrator.predictions.prediction import Prediction, Status
from artrator.predictions.schemas import NewModelPrediction
from artrator.predictions.submit import NewRun
from artrator.predictions.view import quote_reply

BASE_PRICE, LORA_PRICE, OTHER_PRICE, CREDITS = 40_000, 10_000, 5_000, 1_000_000
SCHEDULER = json.loads(
    (Path(__file__).parents[1] / "engine/pipelines/tiny_diffusion/scheduler/scheduler_config.json").read_text()
)
BASE = f"""\
name: base
pipeline: text-to-image
license: CC-BY-4.0
graphs: {{text_encoder: t.onnx, unet: u.onnx, vae_decoder: v.onnx}}
inputs:
  do: {{type: text, default: finish}}
  prompt: {{type: text, default: ink}}
  seed: {{type: seed}}
outputs:
  picture: {{type: image}}
examples: [{{do: finish}}]
config: {{scheduler: {json.dumps(SCHEDULER)}}}
"""
LORA = """\
name: {name}
pipeline: text-to-image
license: CC-BY-4.0
base: {base}
lora: {{file: l.safetensors}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """A base of one creator, LoRAs of others, and a buyer."""

    platform: Platform
    fleet: ScriptedFleet
    painter: User
    stylist: User
    buyer: User
    base: Digest
    lora: Digest
    folder: Path

    async def submit(
        self, ref: str = "stylist/ink", *loras: LoraRef, user: User | None = None, wait_s: float | None = 10.0
    ) -> Prediction:
        new = NewRun(
            user=user or self.buyer, version=VersionRef.read(ref), input={"do": "finish"}, wait_s=wait_s, loras=loras
        )
        return await self.platform.predictions.submission.submit(new)

    async def earned(self, user: User) -> int:
        return (await self.platform.wallets.balance(user.id)).earned

    async def left(self) -> int:
        return (await self.platform.wallets.balance(self.buyer.id)).available


def write_base(folder: Path, name: str = "base") -> Path:
    bundle = folder / name
    bundle.mkdir()
    (bundle / "artrator.yaml").write_text(BASE.replace("name: base", f"name: {name}"))
    for graph in "tuv":
        (bundle / f"{graph}.onnx").write_bytes(b"never opened")
    return bundle


def write_lora(folder: Path, name: str, base: Digest) -> Path:
    bundle = folder / name
    bundle.mkdir()
    (bundle / "artrator.yaml").write_text(LORA.format(name=name, base=base))
    (bundle / "l.safetensors").write_bytes(b"never opened")
    return bundle


@pytest.fixture
async def studio(platform: Platform, fleet: ScriptedFleet, tmp_path: Path) -> Studio:
    painter, stylist = await platform.make_user("painter"), await platform.make_user("stylist")
    buyer = await platform.make_user("demo", credits_micros=CREDITS)
    base = await platform.publish(painter, write_base(tmp_path), price_micros=BASE_PRICE)
    lora = await platform.publish(stylist, write_lora(tmp_path, "ink", base), price_micros=LORA_PRICE)
    return Studio(
        platform=platform,
        fleet=fleet,
        painter=painter,
        stylist=stylist,
        buyer=buyer,
        base=base,
        lora=lora,
        folder=tmp_path,
    )


async def test_a_lora_runs_on_its_base_with_its_bases_inputs(studio: Studio) -> None:
    row = await studio.submit()
    assert row.status is Status.SUCCEEDED
    (asked,) = studio.fleet.requests
    assert asked.bundle.digest == studio.lora
    assert asked.bundle.base is not None
    assert asked.bundle.base.digest == studio.base
    assert asked.inputs[LORA_WEIGHT] == 1.0
    assert asked.bundle.manifest.config == asked.bundle.base.manifest.config


async def test_each_creator_earns_their_part_and_the_receipt_says_whose_it_is(studio: Studio) -> None:
    row = await studio.submit()
    assert await studio.left() == CREDITS - BASE_PRICE - LORA_PRICE
    assert [await studio.earned(each) for each in (studio.painter, studio.stylist)] == [32_000, 8_000]
    receipt = studio.platform.predictions.views.receipt(row)
    assert [(line.to, line.model, line.amount_micros) for line in receipt.items] == [
        ("creator", "stylist/ink", 8_000),
        ("creator", "painter/base", 32_000),
        ("platform", None, 10_000),
    ]
    assert (receipt.price_micros, receipt.payment) == (BASE_PRICE + LORA_PRICE, "paid")
    assert [(part.model, part.version, part.weight) for part in receipt.parts] == [("painter/base", studio.base, None)]
    (entry,) = (await studio.platform.wallets.earnings(studio.painter.id)).rows
    assert (entry.memo, entry.models, entry.amount) == ("stylist/ink", ("painter/base",), 32_000)
    assert TransferCode.PLATFORM_FEE in {part.code for part in entry.parts}
    (entry, _) = (await studio.platform.wallets.statement(studio.buyer.id)).rows
    assert (entry.memo, entry.models) == ("stylist/ink", ("stylist/ink", "painter/base"))


async def test_what_a_base_earns_by_loras_is_counted_as_its_own(studio: Studio) -> None:
    await studio.submit()
    await studio.submit("painter/base", LoraRef(version=VersionRef.read("stylist/ink")))
    figures = studio.platform.services.get(CreatorFigures)
    for creator, earned in ((studio.painter, 64_000), (studio.stylist, 16_000)):
        (own,) = (await figures.models(creator, cursor=None, limit=10)).rows
        assert own.earned == earned
        history = await figures.history(creator, own.listed.model.name, days=2)
        assert history.days[-1].earned == earned


async def test_the_table_of_earnings_names_the_base_and_adds_up_what_creators_get(studio: Studio) -> None:
    await studio.submit()
    entries = studio.platform.wallets.all_earnings(studio.painter.id)
    header, line = [text async for text in statement_csv(entries, "USD")]
    row = dict(zip(header.strip().split(","), line.strip().split(","), strict=True))
    assert (row["for"], row["models"]) == ("stylist/ink", "painter/base")
    assert (row["amount"], row["creator_share"], row["platform_fee"]) == ("0.032", "0.04", "0.01")


async def test_a_run_that_fails_gives_every_part_back(studio: Studio) -> None:
    new = NewRun(user=studio.buyer, version=VersionRef.read("stylist/ink"), input={"do": "crash"}, wait_s=10.0)
    row = await studio.platform.predictions.submission.submit(new)
    assert row.status is Status.FAILED
    assert await studio.left() == CREDITS
    assert [await studio.earned(each) for each in (studio.painter, studio.stylist)] == [0, 0]


async def test_creators_pay_for_the_others_part_alone(studio: Studio) -> None:
    await studio.platform.wallets.give_credits(studio.painter.id, 20_000, key="p", memo="")  # type: ignore[arg-type]
    row = await studio.submit(user=studio.painter)
    assert (row.price, row.status) == (LORA_PRICE, Status.SUCCEEDED)
    assert (await studio.platform.wallets.balance(studio.painter.id)).available == 20_000 - LORA_PRICE


async def test_loras_chosen_for_a_run_are_added_with_their_weights_and_prices(studio: Studio) -> None:
    other = await studio.platform.publish(
        studio.stylist, write_lora(studio.folder, "chalk", studio.base), price_micros=OTHER_PRICE
    )
    chosen = (
        LoraRef(version=VersionRef.read("stylist/ink"), weight=0.5),
        LoraRef(version=VersionRef(digest=other), weight=-1.0),
    )
    row = await studio.submit("painter/base", *chosen)
    assert row.price == BASE_PRICE + LORA_PRICE + OTHER_PRICE
    assert [(each.bundle.digest, each.weight) for each in studio.fleet.requests[0].loras] == [
        (studio.lora, 0.5),
        (other, -1.0),
    ]
    assert [(part.model, part.weight) for part in row.parts] == [("stylist/ink", 0.5), ("stylist/chalk", -1.0)]


async def test_a_run_that_waits_in_the_queue_keeps_its_loras_and_its_price(studio: Studio) -> None:
    waiting = await studio.submit(
        "painter/base", LoraRef(version=VersionRef.read("stylist/ink"), weight=0.25), wait_s=None
    )
    until = 1e12
    row = await studio.platform.predictions.reader.wait(studio.buyer.id, waiting.id, until=until)
    assert row.status is Status.SUCCEEDED
    assert [(each.bundle.digest, each.weight) for each in studio.fleet.requests[0].loras] == [(studio.lora, 0.25)]
    assert await studio.earned(studio.stylist) == 8_000


async def test_a_lora_for_another_base_is_refused_before_money_is_held(studio: Studio) -> None:
    await studio.platform.publish(studio.painter, write_base(studio.folder, "other-base"), price_micros=1)
    with pytest.raises(Invalid) as refused:
        await studio.submit("painter/other-base", LoraRef(version=VersionRef.read("stylist/ink")))
    assert (refused.value.code, refused.value.field) == ("lora_other_base", "loras.0.version")
    with pytest.raises(Invalid) as refused:
        await studio.submit("painter/base", LoraRef(version=VersionRef.read("painter/other-base")))
    assert refused.value.code == "not_a_lora"
    assert studio.fleet.requests == []
    assert await studio.left() == CREDITS


@pytest.mark.parametrize("model", ["painter/base", "stylist/ink"])
async def test_a_lora_that_is_asked_for_twice_is_refused(studio: Studio, model: str) -> None:
    ink = LoraRef(version=VersionRef.read("stylist/ink"))
    with pytest.raises(Invalid) as refused:
        await studio.submit(model, *([ink, ink] if model == "painter/base" else [ink]))
    assert refused.value.code == "lora_twice"
    assert await studio.left() == CREDITS


async def test_parts_that_cost_more_together_than_the_ledger_moves_at_once_are_refused(studio: Studio) -> None:
    catalog = studio.platform.catalog
    await catalog.set_price("painter", "base", studio.painter.id, MAX_AMOUNT)
    await catalog.set_price("stylist", "ink", studio.stylist.id, Micros(1))
    with pytest.raises(Invalid) as refused:
        await studio.submit()
    assert refused.value.code == "run_too_dear"
    with pytest.raises(Invalid) as quoted:
        await studio.platform.predictions.quotes.quote(VersionRef.read("stylist/ink"), [], studio.buyer.id)
    assert quoted.value.code == "run_too_dear"
    assert await studio.left() == CREDITS


@pytest.mark.parametrize(
    "loras",
    [
        [{"version": "a/b", "weight": 4.5}],
        [{"version": "a/b", "weight": float("nan")}],
        [{"version": "a/b", "weight": float("-inf")}],
        [{"version": "a/b", "weight": "1e"}],
        [{"version": "x" * 301}],
        [{"weight": 1.0}],
        [{"version": "a/b", "strength": 1.0}],
        [{"version": f"a/b{number}"} for number in range(5)],
        "a/b",
    ],
)
def test_what_is_no_choice_of_loras_is_refused_at_the_door(loras: object) -> None:
    with pytest.raises(ValidationError):
        NewModelPrediction.model_validate({"input": {}, "loras": loras})


@pytest.mark.parametrize("gone", ["private", "deleted", "quarantined"])
async def test_a_lora_whose_base_is_gone_says_so_and_costs_nothing(studio: Studio, gone: str) -> None:
    catalog = studio.platform.catalog
    if gone == "private":
        await catalog.set_visibility("painter", "base", studio.painter.id, Visibility.PRIVATE)
    elif gone == "deleted":
        await catalog.delete_model("painter", "base", studio.painter.id)
    else:
        await catalog.quarantine(studio.base)
    with pytest.raises(Conflict) as refused:
        await studio.submit()
    assert (refused.value.code, refused.value.facts["base"]) == ("base_unavailable", studio.base)
    assert await studio.left() == CREDITS


async def test_an_unlisted_base_still_carries_its_loras(studio: Studio) -> None:
    await studio.platform.catalog.set_visibility("painter", "base", studio.painter.id, Visibility.UNLISTED)
    assert (await studio.submit()).status is Status.SUCCEEDED


async def test_a_lora_without_a_base_here_cannot_be_published(studio: Studio) -> None:
    with pytest.raises(Invalid) as refused:
        await studio.platform.publish(studio.stylist, write_lora(studio.folder, "lost", Digest("0" * 64)))
    assert refused.value.code == "base_not_found"
    with pytest.raises(Invalid) as refused:
        await studio.platform.publish(studio.stylist, write_lora(studio.folder, "twice", studio.lora))
    assert refused.value.code == "lora_manifest_unfit"


async def test_a_loras_version_shows_its_bases_form(studio: Studio) -> None:
    _, version = await studio.platform.catalog.get_version("stylist", "ink", studio.lora, None)
    assert version.status is VersionStatus.PASSED
    assert list(version.manifest.inputs) == ["do", "prompt", "seed", LORA_WEIGHT]
    assert version.manifest.examples == ({"do": "finish"},)


async def listed(studio: Studio, **filters: object) -> dict[str, int]:
    page = await studio.platform.catalog.list_models(Filters(**filters), Order.PRICE)  # type: ignore[arg-type]
    return {each.model.name: each.model.run_price for each in page.rows}


async def test_lists_say_what_a_run_of_a_lora_costs_with_its_base(studio: Studio) -> None:
    whole = BASE_PRICE + LORA_PRICE
    assert await listed(studio) == {"base": BASE_PRICE, "ink": whole}
    assert await listed(studio, max_price=whole - 1) == {"base": BASE_PRICE}
    catalog = studio.platform.catalog
    await catalog.set_price("painter", "base", studio.painter.id, Micros(7_000))
    assert await listed(studio) == {"base": 7_000, "ink": 7_000 + LORA_PRICE}
    await catalog.set_price("stylist", "ink", studio.stylist.id, Micros(1_000))
    assert await listed(studio) == {"base": 7_000, "ink": 8_000}
    await catalog.set_visibility("painter", "base", studio.painter.id, Visibility.PRIVATE)
    assert await listed(studio) == {"ink": 1_000}


async def test_the_loras_on_a_base_are_listed_and_of_private_ones_the_viewers_own(studio: Studio) -> None:
    catalog = studio.platform.catalog
    await studio.platform.publish(studio.stylist, write_lora(studio.folder, "chalk", studio.base))
    await catalog.set_visibility("stylist", "chalk", studio.stylist.id, Visibility.PRIVATE)
    other = await studio.platform.publish(studio.painter, write_base(studio.folder, "other-base"))
    await studio.platform.publish(studio.stylist, write_lora(studio.folder, "elsewhere", other))
    for viewer, names in ((None, {"ink"}), (studio.buyer, {"ink"}), (studio.stylist, {"ink", "chalk"})):
        page = await catalog.list_models(Filters(base=studio.base), viewer=None if viewer is None else viewer.id)
        assert {each.model.name for each in page.rows} == names


@pytest.mark.parametrize(
    ("viewer", "prices"),
    [
        (None, (BASE_PRICE, LORA_PRICE, OTHER_PRICE)),
        ("buyer", (BASE_PRICE, LORA_PRICE, OTHER_PRICE)),
        ("stylist", (BASE_PRICE, 0, 0)),
        ("painter", (0, LORA_PRICE, OTHER_PRICE)),
    ],
)
async def test_a_quote_is_what_a_run_holds(studio: Studio, viewer: str | None, prices: tuple[int, ...]) -> None:
    await studio.platform.publish(
        studio.stylist, write_lora(studio.folder, "chalk", studio.base), price_micros=OTHER_PRICE
    )
    user = None if viewer is None else getattr(studio, viewer)
    names = ["painter/base", "stylist/ink", "stylist/chalk"]
    model, *loras = [VersionRef.read(name) for name in names]
    chosen = [LoraRef(version=each) for each in loras]
    quote = quote_reply(
        await studio.platform.predictions.quotes.quote(model, chosen, None if user is None else user.id)
    )
    assert [(part.model, part.price_micros) for part in quote.parts] == list(zip(names, prices, strict=True))
    assert quote.price.amount_micros == sum(prices) == sum(line.amount_micros for line in quote.items)
    if user is not None:
        await studio.platform.wallets.give_credits(user.id, Micros(100_000), key="q", memo="")
        row = await studio.submit("painter/base", *chosen, user=user)
        receipt = studio.platform.predictions.views.receipt(row)
        assert (receipt.price_micros, receipt.items) == (quote.price.amount_micros, quote.items)


async def test_a_quote_refuses_what_a_run_would(studio: Studio) -> None:
    with pytest.raises(Invalid) as refused:
        await studio.platform.predictions.quotes.quote(
            VersionRef.read("painter/base"), [LoraRef(version=VersionRef.read("painter/base"))], None
        )
    assert refused.value.code == "not_a_lora"
