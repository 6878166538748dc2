"""What a run will cost, before anything is spent: at most, by its settings, or by the records that it wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.cost.amounts import Amounts, costs_of
from include.cost.instances import on_instance
from include.cost.tokens import count_tokens
from include.cost.training_time import training_seconds
from include.queries.prompt import build_prompt, system_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.cost.amounts import Costs
    from include.plan import Plan

CHARACTERS_A_TOKEN = 4
FRAME_TOKENS = 6
"""Of an answer: its JSON without the queries."""
STYLE_TOKENS = {"factoid": 7, "conceptual": 14, "keywords": 5, "question": 13, "title": 8}
MARKS_TOKENS = 2
QUOTE_TOKENS = 34
"""A sentence of twenty words, and the JSON around it."""
USABLE = 0.9
"""Share of the asked queries that become pairs."""


@dataclass(frozen=True)
class Work:
    """What a run is to do, as far as it is known.

    Attributes:
        records: documents that Bedrock is asked about and this run pays for.
        input_tokens: of those records, by the rule.
        documents: of the sample.
        document_tokens: of one, on average.
        pairs: to train on.
        reused_jobs: batch jobs whose answers were taken over.
        is_bound: it is not known yet and certainly no more than this.
    """

    records: float
    input_tokens: float
    documents: float
    document_tokens: float
    pairs: float
    reused_jobs: int = 0
    is_bound: bool = False


@dataclass(frozen=True)
class Fallback:
    """The training on an instance that stands in for the first choice: billable seconds, and USD if it has a price."""

    seconds: float
    usd: float | None


@dataclass(frozen=True)
class Estimate:
    """What a run will be billed, as it is logged, approved and reported.

    Attributes:
        work: it was made from.
        table: amounts by the rule and the tables alone.
        amounts: those that are expected: `table`, as far as an earlier run has corrected it.
        costs: of `amounts`.
        endpoint_usd_per_hour: of the endpoint, from its creation until it is deleted; None if it has no hourly price.
        fallbacks: what the training is by the table on each instance that may stand in, by type.
        warm_pool_usd: of the instances that are kept after the job, if no other job takes them; None if it is unknown.
        corrected_by: part (`queries`, `training`) to the run whose bill corrected it.
    """

    work: Work
    table: Amounts
    amounts: Amounts
    costs: Costs
    endpoint_usd_per_hour: float | None
    corrected_by: dict[str, str] = field(default_factory=dict)
    fallbacks: dict[str, Fallback] = field(default_factory=dict)
    warm_pool_usd: float | None = 0.0

    @property
    def total(self) -> float | None:
        """USD, without endpoint and warm pool; None if a price is not known."""
        return self.costs.total

    @property
    def highest(self) -> float | None:
        """USD, if the dearest of the instances trains and is kept to the end; None if a price is not known."""
        training = highest_of([self.costs.training, *(each.usd for each in self.fallbacks.values())])
        if training is None or self.costs.queries is None or self.warm_pool_usd is None:
            return None
        return self.costs.queries + training + self.warm_pool_usd


def work_at_most(plan: Plan) -> Work:
    """What the settings allow: as many and as long documents as may be, every query usable."""
    settings = plan.settings
    characters = settings.queries.max_document_characters
    tokens = characters / CHARACTERS_A_TOKEN
    documents = settings.corpus.max_documents
    asked = 0 if settings.queries.s3_pairs_path else documents
    pairs = documents * settings.queries.queries_per_document
    return Work(
        records=asked,
        input_tokens=asked * (frame_tokens(plan) + tokens),
        documents=documents,
        document_tokens=tokens,
        pairs=at_most(plan, pairs),
        is_bound=True,
    )


def estimate(
    plan: Plan, work: Work, factors: dict[str, float] | None = None, by: dict[str, str] | None = None
) -> Estimate:
    """What the work will cost.

    Args:
        plan: of the run, with its prices.
        work: that is to be done.
        factors: by amount, what an earlier run was billed over what the tables had said of it.
        by: part to that run.
    """
    table = _by_tables(plan, work)
    amounts = _corrected(table, factors or {})
    return Estimate(
        work=work,
        table=table,
        amounts=amounts,
        costs=costs_of(amounts, plan.prices),
        endpoint_usd_per_hour=plan.prices.endpoint_usd_per_hour,
        corrected_by=by or {},
        fallbacks={name: _fallback(plan, work, factors or {}, name) for name in plan.prices.fallbacks_usd_per_hour},
        warm_pool_usd=_warm_pool_usd(plan),
    )


def highest_of(costs: Sequence[float | None]) -> float | None:
    """The dearest; None if one is not known.

    Example:
        >>> highest_of([1.0, 3.0]), highest_of([1.0, None])
        (3.0, None)
    """
    known = [usd for usd in costs if usd is not None]
    return max(known) if len(known) == len(costs) else None


def _by_tables(plan: Plan, work: Work) -> Amounts:
    seconds = training_seconds(plan, work.pairs, work.documents, work.document_tokens)
    return Amounts(
        input_tokens=work.input_tokens,
        output_tokens=work.records * answer_tokens(plan),
        training_seconds=training_instances(plan) * seconds,
    )


def _corrected(table: Amounts, factors: Mapping[str, float]) -> Amounts:
    return Amounts(**{name: round(value * factors.get(name, 1.0), 1) for name, value in vars(table).items()})


def _fallback(plan: Plan, work: Work, factors: Mapping[str, float], instance_type: str) -> Fallback:
    """Corrected as the first choice is: a bill tells of the work, too."""
    instead = on_instance(plan, instance_type)
    amounts = _corrected(_by_tables(instead, work), factors)
    return Fallback(amounts.training_seconds, costs_of(amounts, instead.prices).training)


def _warm_pool_usd(plan: Plan) -> float | None:
    """What the instances cost that are kept after the job, the dearest of those that may have trained."""
    seconds = 60.0 * plan.settings.training.warm_pool_minutes * training_instances(plan)
    kept = Amounts(training_seconds=seconds)
    plans = [plan, *(on_instance(plan, name) for name in plan.prices.fallbacks_usd_per_hour)]
    return highest_of([costs_of(kept, each.prices).training for each in plans])


def answer_tokens(plan: Plan) -> float:
    """Of the answer about one document, by its styles."""
    queries = plan.settings.queries
    styles, count = queries.query_styles, queries.queries_per_document
    quoted = QUOTE_TOKENS if plan.settings.is_highlighter else 0
    each = (STYLE_TOKENS[styles[number % len(styles)]] + MARKS_TOKENS + quoted for number in range(count))
    return FRAME_TOKENS + sum(each)


def frame_tokens(plan: Plan) -> int:
    """Of what stands around the document in each record."""
    queries, quoting = plan.settings.queries, plan.settings.is_highlighter
    prompt = build_prompt("", queries.queries_per_document, 0, quoting, queries.query_styles)
    return count_tokens(system_prompt(quoting)) + count_tokens(prompt)


def at_most(plan: Plan, pairs: float) -> float:
    """Pairs, but no more than the run may train on."""
    longest = plan.settings.training.max_pairs
    return pairs if longest is None else min(pairs, longest)


def training_instances(plan: Plan) -> int:
    """How many the training request asks for, each of which is billed."""
    return int(plan.requests()["training_request"]["ResourceConfig"]["InstanceCount"])
