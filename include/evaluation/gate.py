"""The gate: is the tuned model deployed, and why."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from include.evaluation.compare import BASE, BASE_HYBRID, BM25, TUNED
from include.evaluation.permutation import paired_p_value

if TYPE_CHECKING:
    from include.settings import EvaluationSettings

GUARD = "guard"
KINDS = {"judged": "judged", "heldout": "held-out synthetic", GUARD: "guard"}
NAMES = {BASE: "the base model", BM25: "BM25", BASE_HYBRID: "BM25 fused with the base model"}
NAMES |= {"embedding": "the base model's nearest sentence"}


@dataclass(frozen=True)
class Check:
    """One thing that was asked.

    Attributes:
        name: `better` of the queries that decide, `guard` of those that must not fall.
        passed: whether it holds.
        text: the sentence for it, with its figures.
        gain: mean difference, tuned minus what it is compared with.
        p_value: two-sided, of the paired test.
    """

    name: str
    passed: bool
    text: str
    gain: float
    p_value: float


@dataclass(frozen=True)
class Decision:
    """Whether the model is deployed.

    Attributes:
        promote: yes or no.
        reason: one paragraph in plain words, with figures.
        checks: what was asked, one after the other.
    """

    promote: bool
    reason: str
    checks: tuple[Check, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For XCom and JSON."""
        return {**asdict(self), "checks": [asdict(check) for check in self.checks]}


def decide(evaluation: dict[str, Any], settings: EvaluationSettings) -> Decision:
    """Whether the tuned model is deployed, and why.

    With `promote` `if_better`: the mean of (tuned - base - `min_gain`) over the queries that decide is above 0 and its
    two-sided p-value below `significance`; and the guard queries, if there are any, neither fall significantly nor by
    more than `max_guard_loss` on average. What is no number, or too few queries to tell, keeps the base model.
    `always` and `never` decide whatever the checks say; they are told all the same.

    Args:
        evaluation: `measure`, `decided_on` and `sets`, each with `per_query`: {query id: {system: value}}; and
            `gain_over` where tuned is not compared with `base`.
        settings: what is demanded.
    """
    name, measure = evaluation["decided_on"], evaluation["measure"]
    checks = [_better(name, evaluation["sets"][name], measure, settings)]
    if GUARD in evaluation["sets"]:
        checks.append(_guard(evaluation["sets"][GUARD], measure, settings))
    passed = all(check.passed for check in checks)
    promote = {"if_better": passed, "always": True, "never": False}[settings.promote]
    told = [_first_sentence(promote, passed, settings.promote), *(check.text for check in checks)]
    return Decision(promote, " ".join([*told, *_warnings(evaluation["sets"][name], measure, settings)]), tuple(checks))


def differences(found: dict[str, Any], over: str | None = None) -> list[float]:
    """Tuned minus base (or what else the set is compared with), query by query."""
    before = over or found.get("gain_over", BASE)
    return [values[TUNED] - values[before] for values in found["per_query"].values()]


def _first_sentence(promote: bool, passed: bool, asked: str) -> str:
    if asked == "if_better":
        return "The tuned model is promoted." if promote else "The tuned model is not promoted; the base model stays."
    if asked == "always":
        return (
            f"The tuned model is promoted because promote is 'always'{'' if passed else ', although a check failed'}."
        )
    return (
        f"The tuned model is not promoted because promote is 'never'{', although all checks passed' if passed else ''}."
    )


def _better(name: str, found: dict[str, Any], measure: str, settings: EvaluationSettings) -> Check:
    gains = differences(found)
    gain, count = _mean(gains), len(gains)
    p_value = paired_p_value([value - settings.min_gain for value in gains])
    passed = gain > settings.min_gain and p_value < settings.significance
    asked = f" (at least {settings.min_gain:+.3f} is asked for)" if settings.min_gain else ""
    text = f"{_change(name, found, measure)}{asked}, p {p_text(p_value)}: {_verdict(gain, p_value, passed, settings)}."
    if not passed and 2 / 2**count >= settings.significance:
        text += f" With {count} queries no result could be told from luck: give more."
    return Check("better", passed, text, gain, p_value)


def _verdict(gain: float, p_value: float, passed: bool, settings: EvaluationSettings) -> str:
    if passed:
        return "better by more than luck"
    if not math.isfinite(gain):
        return "not a number, which counts as no gain"
    if gain <= 0:
        return "no gain"
    if gain <= settings.min_gain:
        return "less than is asked for"
    return f"no difference that luck could not make (the p-value must be below {settings.significance:g})"


def _guard(found: dict[str, Any], measure: str, settings: EvaluationSettings) -> Check:
    gains = differences(found)
    gain, p_value = _mean(gains), paired_p_value(gains)
    significant = gain < 0 and p_value < settings.significance
    passed = gain >= -settings.max_guard_loss and not significant  # nan is refused
    if passed:
        verdict = f"they do not fall by more than the {settings.max_guard_loss:g} that they may"
    elif significant:
        verdict = "they fall by more than luck"
    else:
        verdict = f"they may fall by at most {settings.max_guard_loss:g}"
    text = f"{_change(GUARD, found, measure)}, p {p_text(p_value)}: {verdict}."
    return Check("guard", passed, text, gain, p_value)


def _change(name: str, found: dict[str, Any], measure: str) -> str:
    before = found.get("gain_over", BASE)
    per_query = found["per_query"].values()
    tuned, base = (_mean([values[system] for values in per_query]) for system in (TUNED, before))
    asked = "questions" if measure == "F1" else "queries"
    return (
        f"On {len(per_query):,} {KINDS[name]} {asked} it reaches {_measure(measure)} {tuned:.3f}, {NAMES[before]} "
        f"{base:.3f}: {tuned - base:+.3f}"
    )


def _warnings(found: dict[str, Any], measure: str, settings: EvaluationSettings) -> list[str]:
    """What else is better than the tuned model by more than luck; it does not decide."""
    told = []
    systems: dict[str, float] = next(iter(found["per_query"].values()), {})
    for system in (BM25, BASE_HYBRID):
        if system == found.get("gain_over", BASE) or system not in systems:
            continue
        gains = differences(found, system)
        if _mean(gains) < 0 and paired_p_value(gains) < settings.significance:
            value = _mean([values[system] for values in found["per_query"].values()])
            told.append(
                f"Note that {NAMES[system]} reaches {_measure(measure)} {value:.3f}, more than the tuned model alone."
            )
    return told


def _measure(measure: str) -> str:
    """F1 is counted question by question here, so that questions can be paired."""
    return "a mean F1 of" if measure == "F1" else measure


def p_text(p_value: float) -> str:
    """Three decimals of a p-value: `= 0.012`, `< 0.001`."""
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
