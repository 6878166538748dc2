"""What AWS bills a run by, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.cost.prices import RunPrices


@dataclass(frozen=True)
class Amounts:
    """What is billed, estimated or counted.

    Attributes:
        input_tokens: of Bedrock's batch jobs.
        output_tokens: of Bedrock's batch jobs.
        training_seconds: billable ones, summed over the instances.
    """

    input_tokens: float = 0.0
    output_tokens: float = 0.0
    training_seconds: float = 0.0


@dataclass(frozen=True)
class Costs:
    """In USD; None where a price is not known, and nothing is not free."""

    queries: float | None
    training: float | None

    @property
    def total(self) -> float | None:
        """Of both; None if one is not known."""
        return None if self.queries is None or self.training is None else self.queries + self.training


def costs_of(amounts: Amounts, prices: RunPrices) -> Costs:
    """What the amounts cost.

    Example:
        >>> from include.cost.prices import RunPrices, TokenPrices
        >>> prices = RunPrices(tokens=TokenPrices(input=0.00003, output=0.00012), training_usd_per_hour=1.408)
        >>> costs_of(Amounts(1_000_000, 100_000, 3_600), prices)
        Costs(queries=0.042, training=1.408)
    """
    return Costs(_of_tokens(amounts, prices), _of_training(amounts, prices))


def _of_tokens(amounts: Amounts, prices: RunPrices) -> float | None:
    if not (amounts.input_tokens or amounts.output_tokens):
        return 0.0
    if prices.tokens is None:
        return None
    usd = amounts.input_tokens * prices.tokens.input + amounts.output_tokens * prices.tokens.output
    return round(usd / 1000, 6)


def _of_training(amounts: Amounts, prices: RunPrices) -> float | None:
    if not amounts.training_seconds:
        return 0.0
    if prices.training_usd_per_hour is None:
        return None
    return round(amounts.training_seconds * prices.training_usd_per_hour / 3600, 6)
