"""The ways of training that are compared."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters beside the collection's, and who writes the queries.

    Attributes:
        name: as the table shows it.
        parameters: of the training job, over `COMMON`.
        writer: of the queries, see `benchmarks.quality.pairs`.
        where: collections that it is run on; empty: all.
    """

    name: str
    parameters: dict[str, str] = field(default_factory=dict)
    writer: str = "extractive"
    where: tuple[str, ...] = ()

    @property
    def needs_candidates(self) -> bool:
        """Whether BM25's hits for the pairs' queries are wanted."""
        return "hard_negatives" in self.parameters or "consistency_depth" in self.parameters


# One pass: the budget is five minutes on two cores.
COMMON = {"epochs": "1", "seed": "42"}
SPARSE = {"model_type": "sparse", "epochs": "3", "max_sequence_length": "128"}

RECIPES = (
    Recipe("mnrl"),
    Recipe("mnrl, question templates", writer="templated"),
    Recipe("mnrl, 4 queries a document", writer="extractive, 4 each", where=("demo",)),
    Recipe("mnrl, 1 hard negative", {"hard_negatives": "1"}, where=("demo", "cranfield")),
    # What a sparse model learns is small: three passes over more tokens are cheaper than one of a dense model.
    Recipe("sparse, doc-only", SPARSE, where=("demo", "cranfield")),
    Recipe(
        "cached_mnrl, batch 128, rate 8e-5",
        {"loss": "cached_mnrl", "batch_size": "128", "learning_rate": "8e-5"},
        where=("demo",),
    ),
    Recipe("gist", {"loss": "gist"}, where=("demo",)),
    Recipe("mnrl, consistency 20", {"consistency_depth": "20"}, where=("demo",)),
    Recipe("mnrl, LoRA rank 16, rate 2e-4", {"lora_rank": "16", "learning_rate": "2e-4"}, where=("demo",)),
    Recipe("mnrl, matryoshka 256, 128, 64", {"matryoshka_dimensions": "256,128,64"}, where=("demo",)),
    Recipe("triplet, 1 hard negative", {"loss": "triplet", "hard_negatives": "1"}, where=("demo",)),
)


def recipes_for(collection: str, only: str | None = None) -> list[Recipe]:
    """The recipes of a collection, or the one whose name is given."""
    return [
        recipe for recipe in RECIPES if (not recipe.where or collection in recipe.where) and only in (None, recipe.name)
    ]
