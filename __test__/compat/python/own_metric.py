"""A metric of a user's own, which only programs that import this module know."""

from dataclasses import dataclass
from typing import Any, Dict

from whylogs.core.metrics.metrics import CustomMetricBase, OperationResult, custom_metric
from whylogs.core.preprocessing import PreprocessedColumn

NAMESPACE = "longest_text"


@custom_metric
@dataclass
class LongestText(CustomMetricBase):
    """How long the longest text was, and which it was."""

    chars: int = 0
    text: str = ""

    @property
    def namespace(self) -> str:
        return NAMESPACE

    def merge(self, other: "LongestText") -> "LongestText":
        return self if self.chars >= other.chars else other

    def columnar_update(self, view: PreprocessedColumn) -> OperationResult:
        for text in view.list.strings or (view.pandas.strings if view.pandas.strings is not None else []):
            if len(text) > self.chars:
                self.chars, self.text = len(text), text
        return OperationResult.ok(view.len)

    @classmethod
    def zero(cls, config: Any = None) -> "LongestText":
        return cls()


def figures(view: Any) -> Dict[str, Any]:
    """What the metric says of the columns that have it."""
    found = {name: column.get_metric(NAMESPACE) for name, column in view.get_columns().items()}
    return {name: {"chars": metric.chars, "text": metric.text} for name, metric in sorted(found.items()) if metric}
