"""
The profiles that the command line wrote of files, held against the reference's own profiles of the same files, which are
read here by other means than the command line's.

Standard input: {"folder", "datasets": [{"id", "path", "timestampColumn", "timestampFormat", "aggregateBy"}]}. Standard output, a JSON object a line: {"file", "error"?} for every file under the folder; then {"dataset",
"rows", "columns", "runs"} for each data set, and below it, for every run of the command line, one comparison a bucket and
one of the whole, see `compared`. A comparison lacks "ours" where there is no file, and "own" where there are no rows.
"""

import csv
import json
import re
import sys
from functools import reduce
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

sys.dont_write_bytecode = True

import numpy as np
import reference
from check_folder import opened
from reference import FRAME_DTYPES, DatasetProfile, DatasetProfileView, DatasetSchema, GrownResolver, items, pd, table

# Name of a file: the dataset, its bucket, the run of the logger that wrote it, the part's number.
FILE_NAME = re.compile(r"(?P<dataset>.+)_[^_]+-(?P<run>[0-9a-f]{8})-\d+\.bin")
# Where a dataset time before 1970 is, which the profile's own field cannot hold.
EARLY_TIME = "whylogs.datasetTimestamp"
# The time formats of the sample data in both languages.
TIME_FORMATS = {None: "ISO8601", "MMM dd yyyy": "%b %d %Y"}
# Both sides go through the kinds of values in a batch in this order.
KINDS = ["fractional", "integral", "text", "bool", "null", "object"]
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")

Parts = List[Path]
Kinds = Dict[str, pd.Series]


def field_value(field: str) -> Any:
    """What a field of a CSV file means: null, boolean, number as it is written, or text."""
    if field == "":
        return None
    if field in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return field.lower() == "true"
    if INTEGER.fullmatch(field):
        return int(field) if -(2**63) <= int(field) < 2**63 else field
    return float(field) if NUMBER.fullmatch(field) else field


def read(path: str) -> pd.DataFrame:
    """The rows of a file."""
    if path.endswith(".parquet"):
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path).to_pandas(integer_object_nulls=True)
    with open(path, encoding="utf-8", newline="") as file:
        if path.endswith(".csv"):
            rows = [{name: field_value(field) for name, field in row.items()} for row in csv.DictReader(file)]
        else:
            rows = json.load(file)
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"{path}: records of unequal columns")
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype="object") for name in rows[0]})


def bucket_starts(times: pd.Series, time_format: Optional[str], aggregate_by: str) -> pd.Series:
    """The start of each time's bucket in milliseconds."""
    read_times = times if times.dtype.kind == "M" else pd.to_datetime(times, format=TIME_FORMATS[time_format])
    starts = read_times.dt.to_period({"day": "D", "month": "M"}[aggregate_by]).dt.to_timestamp()
    return starts.astype("datetime64[ms]").astype("int64")


def kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return "integral"
    if isinstance(value, (int, float)):
        return "fractional"
    return "object"


def by_kind(column: pd.Series) -> Kinds:
    """Values apart by kind, each kind's in their order and in the type of column that the reference is given."""
    if column.dtype.kind in "iM":
        return {"integral" if column.dtype.kind == "i" else "object": column.reset_index(drop=True)}
    values: Dict[str, List[Any]] = {}
    for value in column:
        values.setdefault(kind_of(value), []).append(value)
    return {kind: pd.Series(values[kind], dtype=FRAME_DTYPES.get(kind, "object")) for kind in KINDS if kind in values}


def own_profile(columns: Dict[str, Kinds]) -> DatasetProfileView:
    """
    The reference's profile, by its own rule for a column's metrics where each column has values of one kind. Where one has
    none or several, its metrics are those of all the kinds in it.
    """
    plain = all(len(kinds.keys() - {"null"}) == 1 for kinds in columns.values())
    schema = None if plain else DatasetSchema(resolvers=GrownResolver({name: set(kinds) for name, kinds in columns.items()}))
    made = DatasetProfile(schema=schema)
    for name, kinds in columns.items():
        for values in kinds.values():
            made.track(pandas=pd.DataFrame({name: values}))
    return made.view()


def without_fractional(columns: Dict[str, Kinds]) -> Dict[str, Any]:
    """Frequent items of the columns that mix fractional numbers with others, without them: they are no items of ours."""
    mixed = {
        name: {kind: values for kind, values in kinds.items() if kind != "fractional"}
        for name, kinds in columns.items()
        if "fractional" in kinds and kinds.keys() & {"integral", "text", "bool"}
    }
    if not mixed:
        return {}
    view = own_profile(mixed)
    return {name: items(column.get_metric("frequent_items")) for name, column in view.get_columns().items()}


def second_moments(view: DatasetProfileView) -> Dict[str, float]:
    found = {name: column.get_metric("distribution") for name, column in view.get_columns().items()}
    return {name: metric.m2.value for name, metric in found.items() if metric is not None}


def ranks(kinds: Kinds, row: Dict[str, Any]) -> Dict[str, Tuple[int, int]]:
    """For each quantile of a summary how many of the true values are below it, and how many up to it."""
    numbers = [kinds[kind].to_numpy(dtype="float64") for kind in ("fractional", "integral", "bool") if kind in kinds]
    if not numbers:
        return {}
    values = np.sort(np.concatenate(numbers))
    quantiles = {key.split("/")[1]: value for key, value in row.items() if re.fullmatch(r"distribution/(q_\d+|median)", key)}
    return {
        name: (int(np.searchsorted(values, value, "left")), int(np.searchsorted(values, value, "right")))
        for name, value in quantiles.items()
    }


def item_counts(kinds: Kinds) -> Dict[str, int]:
    """How often each item occurs: texts cut to 128 code points, whole numbers and booleans as their texts."""
    texts = [kinds[kind].map(lambda value: str(value)[:128]) for kind in ("integral", "text", "bool") if kind in kinds]
    return pd.concat(texts).value_counts().to_dict() if texts else {}


def compared(rows: Optional[pd.DataFrame], parts: Parts) -> Dict[str, Any]:
    """
    "files"; "ours": the table of our parts, merged; "own": the reference's of its own profile; per column "secondMoments" (ours, own),
    "itemsWithoutFractional", "ranks" and true "counts" of our items, and the number of "distinct" items.
    """
    found: Dict[str, Any] = {"files": [str(part) for part in parts], "rows": 0 if rows is None else len(rows)}
    if parts:
        view = reduce(lambda left, right: left.merge(right), (DatasetProfileView.read(str(part)) for part in parts))
        found["ours"] = table(view)
    if rows is None:
        return found
    columns = {name: by_kind(rows[name]) for name in rows.columns}
    # Read back, as ours are: reading fills the table of items anew.
    own = DatasetProfileView.deserialize(own_profile(columns).serialize())
    found["own"] = table(own)
    if not parts:
        return found
    moments, own_moments = second_moments(view), second_moments(own)
    found["secondMoments"] = {name: [moments.get(name), own_moments[name]] for name in own_moments}
    found["itemsWithoutFractional"] = without_fractional(columns)
    for name, kinds in columns.items():
        row, counts = found["ours"].get(name, {}), item_counts(kinds)
        listed = [item[0] for item in row.get("frequent_items/frequent_strings", [])]
        found.setdefault("ranks", {})[name] = ranks(kinds, row)
        found.setdefault("counts", {})[name] = {item: int(counts.get(item, 0)) for item in listed}
        found.setdefault("distinct", {})[name] = len(counts)
    return found


def bucket_of(part: Path) -> int:
    view = DatasetProfileView.read(str(part))
    early = (view.metadata or {}).get(EARLY_TIME)
    return int(early) if early is not None else round(view.dataset_timestamp.timestamp() * 1000)


def dataset(described: Dict[str, Any], runs: Dict[str, Parts]) -> Iterator[Dict[str, Any]]:
    """The comparisons of one data set, each bucket's with every run's parts of it."""
    frame = read(described["path"])
    starts = bucket_starts(frame[described["timestampColumn"]], described["timestampFormat"], described["aggregateBy"])
    by_bucket = dict(iter(frame.groupby(starts.to_numpy())))
    yield {"dataset": described["id"], "rows": len(frame), "columns": len(frame.columns), "runs": sorted(runs), "buckets": len(by_bucket)}
    for run, parts in sorted(runs.items()):
        in_bucket: Dict[int, Parts] = {}
        for part in parts:
            in_bucket.setdefault(bucket_of(part), []).append(part)
        for bucket in sorted(by_bucket.keys() | in_bucket.keys()):
            yield {"run": run, "bucketMs": int(bucket), **compared(by_bucket.get(bucket), in_bucket.get(bucket, []))}
        yield {"run": run, "bucketMs": None, **compared(frame, parts)}


def main() -> None:
    def tell(line: Dict[str, Any]) -> None:
        print(json.dumps(line), flush=True)

    job = json.load(sys.stdin)
    files = sorted(Path(job["folder"]).rglob("*.bin"))
    runs: Dict[str, Dict[str, Parts]] = {}
    for path in files:
        try:
            opened(path)
        except Exception as error:
            tell({"file": str(path), "error": f"{type(error).__name__}: {error}"})
            continue
        tell({"file": str(path)})
        match = FILE_NAME.fullmatch(path.name)
        if match:
            runs.setdefault(match["dataset"], {}).setdefault(match["run"], []).append(path)
    for described in job["datasets"]:
        for line in dataset(described, runs.get(described["id"], {})):
            tell(line)


if __name__ == "__main__":
    reference.pd.options.mode.copy_on_write = False
    main()
