"""The price table, what a team puts over it, and the prices that one run needs."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.errors import TerminalError
from include.instances import endpoint_instance, training_instance
from include.requests.bedrock_models import foundation_model, without_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.settings import FinetuneSettings

Usd = Annotated[float, Field(ge=0)]
VARIABLE = "finetune_search_model_prices"


class TokenPrices(BaseModel):
    """USD for 1,000 tokens of a batch job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Usd
    output: Usd


class PriceTable(BaseModel):
    """All prices of one region, in USD, with the day they were written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dated: str
    source: str
    region: str
    notes: dict[str, str] = {}
    bedrock_batch_usd_per_1000_tokens: dict[str, TokenPrices]
    training_usd_per_hour: dict[str, Usd]
    hosting_usd_per_hour: dict[str, Usd]
    serverless_usd_per_gb_second: Usd


class RunPrices(BaseModel):
    """What one run needs of the table; fixed when it starts, so that its estimate and its bill are told in one price.

    Attributes:
        tokens: of the Bedrock model; None if it is not asked, or its price is not known.
        training_usd_per_hour: of one training instance; None if it is not known.
        fallbacks_usd_per_hour: of the instances that may stand in for it, by type; None if it is not known.
        endpoint_usd_per_hour: of all instances of the endpoint; None if it is serverless, or the price is not known.
        serverless_usd_per_hour: of a serverless endpoint while one request after the other runs.
        unknown: what has no price and is to be paid.
        told: date and source of the prices.
        region: for which they are.
    """

    model_config = ConfigDict(frozen=True)

    tokens: TokenPrices | None = None
    training_usd_per_hour: float | None = None
    fallbacks_usd_per_hour: dict[str, float | None] = {}
    endpoint_usd_per_hour: float | None = None
    serverless_usd_per_hour: float | None = None
    unknown: tuple[str, ...] = ()
    told: str = ""
    region: str = ""


def price_table(over: Mapping[str, Any] | None = None) -> PriceTable:
    """The table of the package, and over it a team's own prices.

    Args:
        over: in the form of `prices.json`, with only what differs: negotiated prices, another region's, a model that
            the table lacks.

    Raises:
        TerminalError: it is not of that form.
    """
    table = json.loads(resources.files("include.cost").joinpath("prices.json").read_text("utf-8"))
    for name, value in (over or {}).items():
        table[name] = {**table[name], **value} if isinstance(value, dict) and name in table else value
    try:
        return PriceTable.model_validate(table)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors())
        raise TerminalError(
            f"The Airflow Variable {VARIABLE!r} is not of the form of include/cost/prices.json: {wrong}. Correct it; "
            "docs/cost.md has an example."
        ) from error


def prices_of(settings: FinetuneSettings, table: PriceTable) -> RunPrices:
    """The prices that a run with these settings needs."""
    queries, endpoint = settings.queries, settings.endpoint
    tokens = None if queries.s3_pairs_path else _of_model(table, queries.bedrock_model_id)
    trains, serves = training_instance(settings), endpoint_instance(settings)
    instance, hosting = table.training_usd_per_hour.get(trains), table.hosting_usd_per_hour.get(serves)
    others = settings.training.training_instance_fallbacks
    fallbacks = {name: table.training_usd_per_hour.get(name) for name in others}
    serverless = endpoint.endpoint_type == "serverless"
    missing = {
        f"bedrock_model_id {queries.bedrock_model_id!r}": tokens is None and not queries.s3_pairs_path,
        f"training_instance_type {trains!r}": instance is None,
        **{f"training_instance_fallbacks {name!r}": usd is None for name, usd in fallbacks.items()},
        f"endpoint_instance_type {serves!r}": hosting is None and not serverless,
    }
    gigabytes = endpoint.serverless_memory_mb / 1024
    return RunPrices(
        tokens=tokens,
        training_usd_per_hour=instance,
        fallbacks_usd_per_hour=fallbacks,
        endpoint_usd_per_hour=None if serverless or hosting is None else hosting * endpoint.endpoint_instance_count,
        serverless_usd_per_hour=table.serverless_usd_per_gb_second * gigabytes * 3600 if serverless else None,
        unknown=tuple(name for name, is_missing in missing.items() if is_missing),
        told=f"{table.source}; table of {table.dated}",
        region=table.region,
    )


def _of_model(table: PriceTable, model_id: str) -> TokenPrices | None:
    """By the id as it is given, else by that of the foundation model behind a geography's inference profile."""
    prices = table.bedrock_batch_usd_per_1000_tokens
    return prices.get(model_id) or prices.get(without_arn(model_id)) or prices.get(foundation_model(model_id))
