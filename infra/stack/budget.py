"""The monthly budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_budgets as budgets

if TYPE_CHECKING:
    import aws_cdk as cdk

    from infra.settings import StackSettings

SERVICES = ("Amazon SageMaker", "Amazon Bedrock")
NOTIFIED = (("FORECASTED", 100), ("ACTUAL", 80), ("ACTUAL", 100))
"""Kind of cost and percentage of the budget."""


def make_budget(stack: cdk.Stack, settings: StackSettings, topic_arn: str) -> None:
    """A limit of what SageMaker and Bedrock cost the whole account in a month, of which the topic is told.

    A budget stops nothing; and it knows services, not runs, whose tag is another one each time.
    """
    if settings.monthly_budget_usd is None:
        return
    budgets.CfnBudget(
        stack,
        "Budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=settings.monthly_budget_usd, unit="USD"),
            cost_filters={"Service": list(SERVICES)},
        ),
        notifications_with_subscribers=[_notification(kind, percent, topic_arn) for kind, percent in NOTIFIED],
    )


def _notification(kind: str, percent: int, topic_arn: str) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            notification_type=kind,
            comparison_operator="GREATER_THAN",
            threshold=percent,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic_arn)],
    )
