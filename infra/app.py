"""The CDK app: `cdk deploy` runs it; `make infra` too, without an account.

Example:
    cdk deploy -c model_names='search-*' -c opensearch_domain_arn=arn:aws:es:eu-central-1:123456789012:domain/search
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.opensearch_finetune_stack import OpenSearchFinetuneStack
from infra.settings import read_context

if TYPE_CHECKING:
    from collections.abc import Mapping

STACK = "OpenSearchFinetune"


def build_app(context: Mapping[str, Any] | None = None, outdir: str | None = None) -> cdk.App:
    """The app with its one stack, held to the rules of cdk-nag: `synth()` raises where a finding is not acknowledged.

    Args:
        context: as on the command line; None: what the CDK CLI hands over.
        outdir: folder of the assembly. None: the CLI's, or a temporary one.

    Raises:
        TerminalError: the context has unknown names or wrong values.
    """
    app = cdk.App(context=dict(context or {}), outdir=outdir)
    settings = read_context(app.node.get_all_context())
    OpenSearchFinetuneStack(
        app,
        STACK,
        settings,
        description="What finetune_search_model needs in an AWS account.",
        env=cdk.Environment(region=settings.region),
        # Neither assets nor the CLI's own stack: the template alone can be deployed, by whatever deploys templates.
        synthesizer=cdk.LegacyStackSynthesizer(),
    )
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


if __name__ == "__main__":
    build_app().synth()
