"""
The reference, kept from leaving the machine, and what the compatibility suite asks of it: a profile of a test case, the
summary table of a view, and the raw images of its sketches.
"""

import math
import os
import tempfile
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional

os.environ["WHYLOGS_NO_ANALYTICS"] = "True"
os.environ["WHYLOGS_CONFIG_PATH"] = os.path.join(tempfile.gettempdir(), "rolling-profiles-compat-no-such-config.ini")
for name in ("WHYLABS_API_KEY", "WHYLABS_DEFAULT_ORG_ID", "WHYLABS_DEFAULT_DATASET_ID"):
    os.environ.pop(name, None)

import pandas as pd  # noqa: E402
from whylogs.core import DatasetSchema  # noqa: E402
from whylogs.core.dataset_profile import DatasetProfile  # noqa: E402
from whylogs.core.metrics import StandardMetric  # noqa: E402
from whylogs.core.resolvers import Resolver  # noqa: E402
from whylogs.core.view.dataset_profile_view import DatasetProfileView  # noqa: E402

from own_components import NAMESPACES as OWN_COMPONENTS  # noqa: E402
from own_metric import NAMESPACE as OWN  # noqa: E402

OWN_KEYS = tuple(f"{namespace}/" for namespace in (OWN, *OWN_COMPONENTS))
from values import expand, kinds_of  # noqa: E402

FRAME_DTYPES = {"integral": "int64", "fractional": "float64", "nan": "float64", "bool": "bool"}

SETS = {
    "integral": {"distribution", "ints", "cardinality", "frequent_items"},
    "bool": {"distribution", "ints", "cardinality", "frequent_items"},
    "fractional": {"distribution", "cardinality"},
    "text": {"distribution", "cardinality", "frequent_items"},
}


class GrownResolver(Resolver):
    """
    Gives each column the union of the standard sets of every kind that it will see, instead of the set of the first
    value alone. It is the rule that makes a column's metrics independent of the order of its values.
    """

    def __init__(self, kinds: Dict[str, set]) -> None:
        self.kinds = kinds

    def resolve(self, name: str, why_type: Any, column_schema: Any) -> Dict[str, Any]:
        names = {"counts", "types"}.union(*(SETS.get(kind, set()) for kind in self.kinds.get(name, ())))
        return {m.name: m.zero(column_schema.cfg) for m in StandardMetric if m.name in names}


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=timezone.utc)


def profile(case: Dict[str, Any], leave_out: Optional[str] = None, resolver: Optional[Resolver] = None) -> DatasetProfileView:
    """
    The reference's own profile of a case: value by value in mode `row`, one typed data frame a step in mode `frame`.
    Values of the kind `leave_out` are not logged. `resolver` stands in for the one that the case names.
    """
    kinds = {column["name"]: kinds_of(column["steps"]) for column in case["columns"]}
    if resolver is None and case["resolver"] == "grown":
        resolver = GrownResolver(kinds)
    made = DatasetProfile(
        schema=DatasetSchema(resolvers=resolver) if resolver else None,
        dataset_timestamp=at(case["datasetTimestampMs"]),
        creation_timestamp=at(case["creationTimestampMs"]),
        metadata=dict(case.get("metadata", {})) or None,
    )
    for column in case["columns"]:
        for step in column["steps"]:
            values = [(kind, value) for kind, value in expand(step) if kind != leave_out]
            if case["mode"] == "row":
                for _, value in values:
                    made.track(row={column["name"]: value})
            elif values:
                if len({kind for kind, _ in values}) != 1:
                    raise ValueError(f"{column['name']}: a frame holds one kind of values")
                dtype = FRAME_DTYPES.get(values[0][0], "object")
                made.track(pandas=pd.DataFrame({column["name"]: pd.Series([value for _, value in values], dtype=dtype)}))
    return made.view()


def number(value: Any) -> Any:
    """A number that JSON can hold; what it cannot is text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def items(metric: Any) -> List[List[Any]]:
    """Frequent items as [value, estimate, lower, upper], most frequent first, then by code points."""
    found = [[item.value, item.est, item.lower, item.upper] for item in metric.strings]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def table(view: DatasetProfileView) -> Dict[str, Dict[str, Any]]:
    """`to_pandas` as plain objects: a key that a column has no metric for is left out, an empty quantile is null."""
    result: Dict[str, Dict[str, Any]] = {}
    for name, column in sorted(view.get_columns().items()):
        # What nobody knows but who made it stands apart: see own_metric.py and own_components.py.
        row = {key: number(value) for key, value in column.to_summary_dict().items() if not key.startswith(OWN_KEYS)}
        metric = column.get_metric("frequent_items")
        if metric is not None:
            row["frequent_items/frequent_strings"] = items(metric)
        result[name] = row
    return result


def columns_shown(view: DatasetProfileView) -> List[str]:
    """Goes through `to_pandas` itself, which is how a user looks at a profile."""
    frame = view.to_pandas()
    return sorted(str(name) for name in frame.index)


def images(view: DatasetProfileView) -> Dict[str, Dict[str, bytes]]:
    """The raw images of the sketches of every column, by metric path."""
    result: Dict[str, Dict[str, bytes]] = {}
    for name, column in view.get_columns().items():
        message = column.to_protobuf()
        result[name] = {
            path: getattr(component, component.WhichOneof("value")).sketch
            for path, component in message.metric_components.items()
            if component.WhichOneof("value") in ("hll", "kll", "frequent_items")
        }
    return result
