"""An estimate and a bill as tables: for the log, and for the person who is to approve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.cost.estimate import Estimate
    from include.cost.prices import RunPrices


def shown(usd: float | None) -> str:
    """An amount of money; small ones with the digits that tell.

    Example:
        >>> shown(12.3), shown(0.0421), shown(0.0), shown(None)
        ('$12.30', '$0.0421', '$0.00', 'an unknown price')
    """
    if usd is None:
        return "an unknown price"
    return f"${usd:,.2f}" if usd >= 1 or not usd else f"${usd:.4f}"


def log_table(found: Estimate, prices: RunPrices, region: str) -> str:
    """The estimate, a line a part, with where its prices and speeds are from."""
    amounts, costs, work = found.amounts, found.costs, found.work
    at_most = "at most " if work.is_bound else ""
    tokens = f"{at_most}{amounts.input_tokens:,.0f} tokens in, {amounts.output_tokens:,.0f} out"
    reused = f", {work.reused_jobs} of the batch jobs reused" if work.reused_jobs else ""
    lines = [
        f"What this run will cost{', at most' if work.is_bound else ''}:",
        f"  queries   {shown(costs.queries):>17}  {tokens} ({work.records:,.0f} documents{reused})",
        f"  training  {shown(costs.training):>17}  {at_most}{amounts.training_seconds:,.0f} billable seconds "
        f"({work.pairs:,.0f} pairs)",
        *_instead(found),
        f"  together  {shown(found.total):>17}",
        *_warm_pool(found),
        f"  endpoint  {hourly(prices):>17}  not in the sum",
        *notes(found.corrected_by, prices, region),
    ]
    return "\n".join(lines)


def _instead(found: Estimate) -> list[str]:
    return [
        f"    or      {shown(each.usd):>17}  on {name}, should it stand in: {each.seconds:,.0f} billable seconds"
        for name, each in found.fallbacks.items()
    ]


def _warm_pool(found: Estimate) -> list[str]:
    if not found.warm_pool_usd:
        return []
    return [f"  warm pool {shown(found.warm_pool_usd):>17}  more, if no other job takes the instance over"]


def hourly(prices: RunPrices) -> str:
    """What the endpoint costs an hour, and until when."""
    if prices.serverless_usd_per_hour is not None:
        return f"{shown(prices.serverless_usd_per_hour)} an hour of requests (serverless)"
    return f"{shown(prices.endpoint_usd_per_hour)} an hour, until it is deleted"


def notes(corrected_by: dict[str, str], prices: RunPrices, region: str) -> list[str]:
    """Where the figures are from, and what is missing."""
    said = {
        part: f"corrected by the bill of run {run}" if (run := corrected_by.get(part)) else by_table
        for part, by_table in (("queries", "tokens by a rule, ± 15 %"), ("training", "time by a table of assumptions"))
    }
    missing = [f"  No price is known of {name}." for name in prices.unknown]
    elsewhere = f" Prices of {region} may differ." if prices.region not in ("", region) else ""
    return [
        *missing,
        f"  Queries: {said['queries']}. Training: {said['training']}.",
        f"  Prices: {prices.told or 'none'}.{elsewhere}",
    ]


def approval_lines(cost: dict[str, Any]) -> str:
    """What was paid so far beside what was estimated, and the endpoint's price, in Markdown.

    Args:
        cost: as `include.phases.cost.cost_of` returns it.
    """
    rows = [f"| {row['part']} | {shown(row['estimated_usd'])} | {actual(row)} |" for row in cost["parts"]]
    total = f"| together | {shown(cost['estimated_usd'])} | {shown(cost['actual_usd'])} |"
    table = "\n".join(["| cost | estimated | actual |", "| --- | --- | --- |", *rows, total])
    return f"{table}\n\nThe endpoint costs {cost['endpoint']}."


def actual(row: dict[str, Any]) -> str:
    """What a part cost; 0 has a reason."""
    return f"{shown(row['actual_usd'])} (reused)" if row["reused_from"] else shown(row["actual_usd"])
