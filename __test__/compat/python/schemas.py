"""
Schemas in the reference, from the words in which the live suite describes them, and segment files as it reads them.

A schema: {"types"?: {column: type}, "config"?: {...MetricConfig}, "conditions"?: {column: {name: predicate}}, "specs"?: [{column | type, metrics,
exclude?}]}; a predicate is [operation, operand], or [and | or, left, right], or ["not", predicate].
"""

from pathlib import Path
from typing import Any, Dict, List

import reference
from reference import DatasetProfile, at, pd
from whylogs.core import DatasetSchema
from whylogs.core.datatypes import Fractional, Integral, String
from whylogs.core.metrics import MetricConfig, StandardMetric
from whylogs.core.metrics.condition_count_metric import Condition, ConditionCountConfig, ConditionCountMetric
from whylogs.core.proto import DatasetSegmentHeader
from whylogs.core.relations import Not, Predicate
from whylogs.core.resolvers import STANDARD_RESOLVER, MetricSpec, ResolverSpec
from whylogs.core.schema import DeclarativeSchema
from whylogs.core.segmentation_partition import ColumnMapperFunction, SegmentationPartition
from whylogs.core.utils import read_delimited_protobuf
from whylogs.core.view.dataset_profile_view import DatasetProfileView

TYPES = {"integral": int, "fractional": float, "boolean": bool, "string": str}
DATA_TYPES = {"integral": Integral, "fractional": Fractional, "string": String}


def predicate(words: List[Any]) -> Predicate:
    operation, *rest = words
    if operation == "and":
        return predicate(rest[0]).and_(predicate(rest[1]))
    if operation == "or":
        return predicate(rest[0]).or_(predicate(rest[1]))
    if operation == "not":
        return Not(predicate(rest[0]))
    return getattr(Predicate(), operation)(rest[0])


def schema_of(words: Dict[str, Any]) -> Any:
    config = MetricConfig(**words.get("config", {}))
    types = {name: TYPES[kind] for name, kind in words.get("types", {}).items()}
    conditions = words.get("conditions", {})
    specs = words.get("specs")
    if not conditions and specs is None:
        return DatasetSchema(types=types, default_configs=config)
    resolvers = list(STANDARD_RESOLVER) if specs is None else [spec(one) for one in specs]
    for column, named in conditions.items():
        asked = {name: Condition(predicate(question)) for name, question in named.items()}
        metric = MetricSpec(ConditionCountMetric, ConditionCountConfig(conditions=asked))
        resolvers.append(ResolverSpec(column_name=column, metrics=[metric]))
    return DeclarativeSchema(resolvers, types=types, default_config=config)


def spec(words: Dict[str, Any]) -> ResolverSpec:
    metrics = [MetricSpec(StandardMetric[name].value) for name in words["metrics"]]
    if not words.get("exclude"):
        metrics = [MetricSpec(StandardMetric.counts.value), MetricSpec(StandardMetric.types.value)] + metrics
    column = words.get("column")
    kind = None if column else DATA_TYPES[words["type"]]
    return ResolverSpec(column_name=column, column_type=kind, metrics=metrics, exclude=words.get("exclude", False))


def tracked(words: Dict[str, Any], columns: Dict[str, Dict[str, Any]]) -> DatasetProfileView:
    """The reference's profile of typed columns: {name: {"dtype", "values"}}."""
    frame = pd.DataFrame({name: pd.Series(it["values"], dtype=it["dtype"]) for name, it in columns.items()})
    made = DatasetProfile(schema=schema_of(words), dataset_timestamp=at(0), creation_timestamp=at(0))
    made.track(pandas=frame)
    return DatasetProfileView.deserialize(made.view().serialize())


def segments(columns: Dict[str, Dict[str, Any]], by: List[str], folder: str) -> List[Dict[str, Any]]:
    """The files that the reference writes of the segments of typed columns, each with its tags, metadata and table."""
    import whylogs as why

    why.init(force_local=True, allow_anonymous=False)
    frame = pd.DataFrame({name: pd.Series(it["values"], dtype=it["dtype"]) for name, it in columns.items()})
    partition = SegmentationPartition(name=",".join(by), mapper=ColumnMapperFunction(col_names=by))
    results = why.log(frame, schema=DatasetSchema(segments={partition.name: partition}), dataset_timestamp=at(0))
    results.writer("local").option(base_dir=folder).write()
    return [segment(str(path)) for path in sorted(Path(folder).rglob("*.bin"))]


def segment(path: str) -> Dict[str, Any]:
    """A segment's file as the reference reads it, and what its header says."""
    view = DatasetProfileView.read(path)
    with open(path, "rb") as file:
        file.read(4)
        header = read_delimited_protobuf(file, DatasetSegmentHeader)
    return {
        "tags": [[[tag.key, tag.value] for tag in one.tags] for one in header.segments],
        "hasSegments": header.has_segments,
        "metadata": {key: value for key, value in view.metadata.items() if not key.startswith(("whylogs.c", "whylogs.v", "whylogs.d", "whylabs."))},
        "table": reference.table(view),
    }
