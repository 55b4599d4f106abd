"""
A metric of a user's own that is made of the reference's components, one of each kind, and one of the reference's that holds others.
Who does not know them merges them by the types of their components.
"""

from dataclasses import dataclass, fields
from typing import Any, Dict, List

import whylogs_sketching as ds

from whylogs.core.metrics.metric_components import (
    FractionalComponent,
    FrequentStringsComponent,
    HllComponent,
    IntegralComponent,
    KllComponent,
    MaxIntegralComponent,
    MetricComponent,
    MinIntegralComponent,
)
from whylogs.core.metrics.metrics import Metric, OperationResult, register_metric
from whylogs.core.preprocessing import PreprocessedColumn

NAMESPACES = ("readings", "udf")


class MinFractionalComponent(MetricComponent[float]):
    mtype = float
    type_id = 1


class MaxFractionalComponent(MetricComponent[float]):
    mtype = float
    type_id = 2


@dataclass(frozen=True)
class Readings(Metric):
    """Everything a component can keep of whole numbers."""

    number: IntegralComponent
    total: FractionalComponent
    least: MinIntegralComponent
    most: MaxIntegralComponent
    coldest: MinFractionalComponent
    warmest: MaxFractionalComponent
    quantiles: KllComponent
    distinct: HllComponent
    items: FrequentStringsComponent

    @property
    def namespace(self) -> str:
        return NAMESPACES[0]

    def columnar_update(self, view: PreprocessedColumn) -> OperationResult:
        numbers = [] if view.numpy.ints is None else view.numpy.ints.tolist()
        for value in [*(view.list.ints or []), *numbers]:
            self.number.set(self.number.value + 1)
            self.total.set(self.total.value + value / 4)
            self.least.set(min(self.least.value, value))
            self.most.set(max(self.most.value, value))
            self.coldest.set(min(self.coldest.value, value / 8))
            self.warmest.set(max(self.warmest.value, value / 8))
            self.quantiles.value.update(value)
            self.distinct.value.update(value)
            self.items.value.update(str(value % 40))
        return OperationResult.ok(view.len)

    def to_summary_dict(self, cfg: Any = None) -> Dict[str, Any]:
        return {field.name: shown(getattr(self, field.name).value) for field in fields(self)}

    @classmethod
    def zero(cls, config: Any = None) -> "Readings":
        return cls(
            IntegralComponent(0),
            FractionalComponent(0.0),
            MinIntegralComponent(2**62),
            MaxIntegralComponent(-(2**62)),
            MinFractionalComponent(1e300),
            MaxFractionalComponent(-1e300),
            KllComponent(ds.kll_doubles_sketch(1024)),
            HllComponent(ds.hll_sketch(12)),
            FrequentStringsComponent(ds.frequent_strings_sketch(lg_max_k=10)),
        )


register_metric(Readings)


def shown(value: Any) -> Any:
    """A component's value, of a sketch what it tells."""
    if isinstance(value, ds.kll_doubles_sketch):
        if value.is_empty():
            return []
        return [value.get_n(), value.get_min_value(), value.get_max_value(), *value.get_quantiles([0.1, 0.5, 0.9])]
    if isinstance(value, ds.hll_sketch):
        return [value.get_estimate(), value.get_lower_bound(1), value.get_upper_bound(1)]
    if isinstance(value, ds.frequent_strings_sketch):
        found = value.get_frequent_items(ds.frequent_items_error_type.NO_FALSE_POSITIVES)
        return sorted([list(item) for item in found], key=lambda item: (-item[1], item[0]))
    return value


def profile(values: List[int], day_ms: int) -> Any:
    """A profile of one column `n`."""
    from reference import DatasetProfile, at
    from whylogs.core.resolvers import STANDARD_RESOLVER, MetricSpec, ResolverSpec
    from whylogs.core.schema import DeclarativeSchema
    from whylogs.experimental.core.metrics.udf_metric import UdfMetric, UdfMetricConfig

    halves = UdfMetricConfig(udfs={"half": lambda value: value / 2, "parity": lambda value: value % 2})
    spec = ResolverSpec(column_name="n", metrics=[MetricSpec(Readings), MetricSpec(UdfMetric, halves)])
    schema = DeclarativeSchema([*STANDARD_RESOLVER, spec])
    made = DatasetProfile(schema=schema, dataset_timestamp=at(day_ms), creation_timestamp=at(day_ms))
    for value in values:
        made.track(row={"n": value})
    return made.view()


def figures(view: Any) -> Dict[str, Any]:
    """What these metrics say of the columns that have them."""
    found: Dict[str, Any] = {}
    for name, column in view.get_columns().items():
        metrics = [metric for metric in map(column.get_metric, NAMESPACES) if metric is not None]
        summaries = [metric.to_summary_dict().items() for metric in metrics]
        if summaries:
            found[name] = {key: plain(value) for summary in summaries for key, value in summary}
    return found


def plain(value: Any) -> Any:
    """Frequent items as lists, in an order of their own."""
    if isinstance(value, list) and value and hasattr(value[0], "est"):
        return sorted([item.value, item.est, item.lower, item.upper] for item in value)
    return value
