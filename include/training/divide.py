"""Batches divided among the processes that train together, so that all of them see what one process would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accelerate.data_loader import SeedableRandomSampler
from sentence_transformers.base.sampler import DefaultBatchSampler, NoDuplicatesBatchSampler
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class DividedBatches:
    """Each batch as equal slices one after the other, of which accelerate deals one to each process.

    What cannot be divided is left out: of the last batch of an epoch, fewer rows than there are processes. Has no
    attribute `batch_size` on purpose: accelerate would take slices that are shorter for the end of an epoch.
    """

    drop_last = False

    def __init__(self, batches: DefaultBatchSampler, processes: int) -> None:
        self._batches, self._processes = batches, processes
        # By this name accelerate, in several processes, finds what it tells the epoch.
        self.sampler = self

    def __len__(self) -> int:
        return len(self._batches) * self._processes

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self._batches:
            rows = list(batch)
            each = len(rows) // self._processes
            if each:
                yield from (rows[place * each : (place + 1) * each] for place in range(self._processes))

    def set_epoch(self, epoch: int) -> None:
        """Batches of another epoch are drawn anew."""
        self._batches.set_epoch(epoch)
        if isinstance(self._batches.sampler, SeedableRandomSampler):
            self._batches.sampler.set_epoch(epoch)


def divided(batch_size: int, processes: int, in_batch: bool) -> Callable[..., DividedBatches]:
    """What the trainer makes its batches with.

    Args:
        batch_size: of all processes together.
        processes: among which each batch is divided.
        in_batch: no text may be in a batch twice.
    """

    def build(dataset: Any, **options: Any) -> DividedBatches:
        options |= {"batch_size": batch_size}
        if in_batch:
            return DividedBatches(NoDuplicatesBatchSampler(dataset, **options), processes)
        # As accelerate draws them in one process: by the epoch, so that a resumed training finds its place.
        rows = SeedableRandomSampler(dataset, generator=options["generator"], data_seed=options["seed"])
        return DividedBatches(DefaultBatchSampler(rows, **options), processes)

    return build


class TellEpoch(TrainerCallback):
    """Tells divided batches their epoch also where a training goes on within one: else nobody reaches them then."""

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        dealt = kwargs["train_dataloader"].batch_sampler
        if isinstance(batches := getattr(dealt, "batch_sampler", None), DividedBatches):
            batches.set_epoch(int(state.epoch or 0))
