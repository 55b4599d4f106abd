"""
Makes the fixtures of the compatibility suite with the reference: `python make_fixtures.py [FOLDER]`.

Needs whylogs 1.6.4 with its extra `proc`, numpy 1 and pandas 2. For each case a profile `<name>.bin` and a description
`<name>.json`: the input, and what the reference itself reads out of that file. The reference draws random bits when a
quantile sketch compacts, so files of more than 1024 values differ from one making to the next; all others are the same.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List

sys.dont_write_bytecode = True

import own_components
import own_metric
import reference
from cases import DAY_MS, case, cases, fractions, ints, merges, texts
from reference import DatasetProfileView, at, images, items, pd, profile, table
from values import kinds_of

HERE = Path(__file__).resolve().parent


def expected(data: bytes) -> Dict[str, Any]:
    view = DatasetProfileView.deserialize(data)
    reference.columns_shown(view)
    own = own_metric.figures(view)
    return {"metadata": view.metadata or {}, "table": table(view), **({"own": own} if own else {})}


def without_fractional(described: Dict[str, Any]) -> Dict[str, Any]:
    """
    What the frequent items of the mixed columns are when fractional numbers are kept out of them, as this project does:
    the reference's own profile of the same column without those values.
    """
    mixed = [c for c in described["columns"] if "fractional" in (k := kinds_of(c["steps"])) and k & {"integral", "text", "bool"}]
    if not mixed:
        return {}
    grown = reference.GrownResolver({c["name"]: kinds_of(c["steps"]) for c in mixed})
    # Not written and read first: reading inserts the items anew, in another order.
    view = profile({**described, "columns": mixed}, leave_out="fractional", resolver=grown)
    raw = images(view)
    return {
        name: {
            "items": items(column.get_metric("frequent_items")),
            "imageHex": raw[name]["frequent_items/frequent_strings"].hex(),
        }
        for name, column in sorted(view.get_columns().items())
    }


def save(folder: Path, described: Dict[str, Any], data: bytes) -> None:
    described = {**described, "expected": {**described.get("expected", {}), **expected(data)}}
    (folder / f"{described['name']}.bin").write_bytes(data)
    text = json.dumps(described, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    (folder / f"{described['name']}.json").write_text(text + "\n", encoding="utf-8")


def foreign(name: str, about: str, view: DatasetProfileView) -> Dict[str, Any]:
    """A case that only the reference can make: it is read, and written again."""
    return {
        "name": name,
        "about": about,
        "mode": "foreign",
        **timestamps(view),
    }


def timestamps(view: DatasetProfileView) -> Dict[str, int]:
    return {
        "datasetTimestampMs": round(view.dataset_timestamp.timestamp() * 1000),
        "creationTimestampMs": round(view.creation_timestamp.timestamp() * 1000),
    }


def save_foreign(folder: Path, name: str, about: str, data: bytes) -> None:
    save(folder, foreign(name, about, DatasetProfileView.deserialize(data)), data)


def schema_profile(schema: Any, frame: Any) -> bytes:
    made = reference.DatasetProfile(schema=schema, dataset_timestamp=at(DAY_MS), creation_timestamp=at(DAY_MS + 1))
    made.track(pandas=frame)
    return made.view().serialize()


def no_values() -> bytes:
    """Columns named by a schema: the reference gives them a full set of empty sketches before any value."""
    from whylogs.core import DatasetSchema

    schema = DatasetSchema(types={"i": int, "f": float, "s": str})
    return reference.DatasetProfile(schema=schema, dataset_timestamp=at(DAY_MS), creation_timestamp=at(DAY_MS)).view().serialize()


def unicode_ranges() -> bytes:
    from whylogs.core import DatasetSchema
    from whylogs.core.metrics import MetricConfig

    schema = DatasetSchema(default_configs=MetricConfig(track_unicode_ranges=True))
    return schema_profile(schema, pd.DataFrame({"text": ["Abc 123", "größe", "😀", ""], "n": [1, 2, 3, 4]}))


def conditions() -> bytes:
    from whylogs.core.metrics.condition_count_metric import Condition
    from whylogs.core.relations import Predicate
    from whylogs.core.resolvers import STANDARD_RESOLVER
    from whylogs.core.schema import DeclarativeSchema
    from whylogs.core.specialized_resolvers import ConditionCountMetricSpec

    schema = DeclarativeSchema(STANDARD_RESOLVER)
    schema.add_resolver_spec(
        column_name="price",
        metrics=[ConditionCountMetricSpec({"positive": Condition(Predicate().greater_than(0)), "over ten": Condition(Predicate().greater_than(10))})],
    )
    return schema_profile(schema, pd.DataFrame({"price": [-1, 5, 50, 500], "other": ["a", "b", "c", "d"]}))


def small_sketches() -> bytes:
    from whylogs.core import DatasetSchema
    from whylogs.core.metrics import MetricConfig

    config = MetricConfig(hll_lg_k=10, kll_k=256, large_kll_k=False, fi_lg_max_k=6)
    return schema_profile(DatasetSchema(default_configs=config), pd.DataFrame({"i": range(600), "s": [f"v{i % 90}" for i in range(600)]}))


def logged() -> bytes:
    """`why.log` with its own metadata."""
    import whylogs as why

    why.init(force_local=True, allow_anonymous=False)
    return why.log(pd.DataFrame({"a": [1, 2, 2], "b": ["x", "y", "x"]}), dataset_timestamp=at(DAY_MS)).view().serialize()


def segments() -> Dict[str, bytes]:
    """The files that the reference's local writer makes of a segmented profile, by segment value."""
    import whylogs as why
    from whylogs.core import DatasetSchema
    from whylogs.core.segmentation_partition import segment_on_column

    why.init(force_local=True, allow_anonymous=False)
    frame = pd.DataFrame({"country": ["DE", "FR", "DE"], "price": [1.5, 2.5, 3.5]})
    results = why.log(frame, schema=DatasetSchema(segments=segment_on_column("country")), dataset_timestamp=at(DAY_MS))
    with tempfile.TemporaryDirectory() as folder:
        results.writer("local").option(base_dir=folder).write()
        return {path.stem.rsplit("_", 1)[1]: path.read_bytes() for path in sorted(Path(folder).glob("*.bin"))}


def segments_of_two() -> Dict[str, bytes]:
    """The same for a partition of two columns."""
    import whylogs as why
    from whylogs.core import DatasetSchema
    from whylogs.core.segmentation_partition import ColumnMapperFunction, SegmentationPartition

    why.init(force_local=True, allow_anonymous=False)
    columns = ["country", "size"]
    partition = SegmentationPartition(name="country,size", mapper=ColumnMapperFunction(col_names=columns))
    frame = pd.DataFrame({"country": ["DE", "FR", "DE"], "size": [1, 2, 2], "price": [1.5, 2.5, 3.5]})
    schema = DatasetSchema(segments={partition.name: partition})
    results = why.log(frame, schema=schema, dataset_timestamp=at(DAY_MS))
    with tempfile.TemporaryDirectory() as folder:
        results.writer("local").option(base_dir=folder).write()
        return {"-".join(path.stem.rsplit("_", 2)[1:]): path.read_bytes() for path in sorted(Path(folder).glob("*.bin"))}


def own() -> bytes:
    """A metric that no program knows but the one that made it."""
    from whylogs.core.resolvers import MetricSpec, ResolverSpec, STANDARD_RESOLVER
    from whylogs.core.schema import DeclarativeSchema

    spec = ResolverSpec(column_name="note", metrics=[MetricSpec(own_metric.LongestText)])
    frame = pd.DataFrame({"note": ["short", "the longest of all", "größer"], "n": [1, 2, 3]})
    return schema_profile(DeclarativeSchema([*STANDARD_RESOLVER, spec]), frame)


def own_with_components() -> Dict[str, DatasetProfileView]:
    """Metrics of known components, and how the reference merges them."""
    left, right = ([low + i * i % 700 for i in range(count)] for low, count in ((-50, 300), (400, 500)))
    made = {"own-components": own_components.profile(left, DAY_MS), "own-components-other": own_components.profile(right, DAY_MS)}
    read = [DatasetProfileView.deserialize(view.serialize()) for view in made.values()]
    return {**made, "own-components-merged": read[0].merge(read[1])}


LOGGED_ROWS: List[Dict[str, Any]] = [
    {"id": i, "price": i + 0.25, "country": ["DE", "FR", None, "日本"][i % 4], "ok": i % 3 == 0, "tags": ["a"]} for i in range(40)
]


def rolling_logger() -> bytes:
    """One file of the reference's ProcessRollingLogger with its local writer."""
    from whylogs.api.logger.experimental.logger.actor.process_rolling_logger import ProcessRollingLogger, WriterFactory
    from whylogs.api.logger.experimental.logger.actor.time_util import TimeGranularity
    from whylogs.api.writer.local import LocalWriter

    with tempfile.TemporaryDirectory() as folder:

        class Factory(WriterFactory):
            def create_writers(self, dataset_id: str, org_id: Any = None) -> List[Any]:
                return [LocalWriter(base_dir=folder)]

        logger = ProcessRollingLogger(
            aggregate_by=TimeGranularity.Day, write_schedule=None, sync_enabled=True, writer_factory=Factory()
        )
        logger.start()
        logger.log(LOGGED_ROWS, timestamp_ms=DAY_MS + 3_600_000, sync=True, dataset_id="fixture")
        logger.flush()
        logger.close()
        (path,) = Path(folder).glob("*.bin")
        return path.read_bytes()


def rolling_logger_case() -> Dict[str, Any]:
    """
    The same rows as steps, for making the profile again. The column `tags` is left out: the reference gives lists of
    text the metrics of text, since both are of its data frame's type `object`.
    """
    columns = {
        "id": [ints(*[row["id"] for row in LOGGED_ROWS])],
        "price": [fractions(*[row["price"] for row in LOGGED_ROWS])],
        "country": [texts(*[row["country"] for row in LOGGED_ROWS if row["country"]]), {"kind": "null", "count": 10}],
        "ok": [{"kind": "bool", "values": [row["ok"] for row in LOGGED_ROWS]}],
    }
    return case("rolling-logger", "made by the reference's ProcessRollingLogger", "frame", columns)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.bin"), *folder.glob("*.json")]:
        old.unlink()
    data = rolling_logger()
    save(folder, {**rolling_logger_case(), **timestamps(DatasetProfileView.deserialize(data))}, data)
    made: Dict[str, bytes] = {}
    for described in cases():
        data = profile(described).serialize()
        made[described["name"]] = data
        save(folder, {**described, "expected": {"frequentItemsWithoutFractional": without_fractional(described)}}, data)
    for left, right in merges():
        merged = DatasetProfileView.deserialize(made[left]).merge(DatasetProfileView.deserialize(made[right]))
        described = foreign(f"merged-{left}-{right}", f"{left} merged with {right}", merged)
        save(folder, {**described, "mode": "merge", "parts": [left, right]}, merged.serialize())
    empty = reference.DatasetProfile(dataset_timestamp=at(DAY_MS), creation_timestamp=at(DAY_MS)).view()
    save_foreign(folder, "no-columns", "a profile without columns", empty.serialize())
    save_foreign(folder, "no-values", "columns without values", no_values())
    save_foreign(folder, "unicode-ranges", "the metric unicode_range", unicode_ranges())
    save_foreign(folder, "conditions", "the metric condition_count", conditions())
    save_foreign(folder, "small-sketches", "other sketch sizes than the defaults", small_sketches())
    save_foreign(folder, "why-log", "made by why.log, with its metadata", logged())
    for value, data in segments().items():
        save_foreign(folder, f"segment-{value}", f"the segment {value} of a segmented profile", data)
    for value, data in segments_of_two().items():
        save_foreign(folder, f"segment-two-{value}", f"the segment {value} of two columns", data)
    save_foreign(folder, "own-metric", "a metric of a user's own", own())
    for name, view in own_with_components().items():
        save_foreign(folder, name, "metrics that are made of the reference's components", view.serialize())


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of map entries in a file follows hashes of the names; the compiled protobuf hashes by addresses.
        settled = {"PYTHONHASHSEED": "0", "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **settled})
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "fixtures" / "python")
