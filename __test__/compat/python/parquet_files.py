"""
Parquet files of every type, codec, encoding and page form that pyarrow, DuckDB and polars write, into the folder that is named; standard
output, a JSON object a line: {"file", "reader", "columns"}, what each reader says of each file.
"""

import json
import random
import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

sys.dont_write_bytecode = True

import pyarrow as pa
import pyarrow.parquet as pq
from file_figures import table_figures

try:
    import duckdb
except ImportError:
    duckdb = None
try:
    import polars
except ImportError:
    polars = None

ROWS = 700
EPOCH = datetime(1970, 1, 1)


def column(kind: pa.DataType, value: Callable[[random.Random], Any], seed: int, nulls: float = 0.15) -> pa.Array:
    """Values of a type, some of them null, with runs of one value in them."""
    source = random.Random(seed)
    values: List[Any] = []
    while len(values) < ROWS:
        chosen = None if source.random() < nulls else value(source)
        values.extend([chosen] * (source.choice([1, 1, 1, 20]) if source.random() < 0.5 else 1))
    return pa.array(values[:ROWS], kind)


def decimals(digits: int, scale: int) -> Callable[[random.Random], Decimal]:
    def value(source: random.Random) -> Decimal:
        units = source.randrange(10 ** source.randint(1, digits)) * source.choice([1, -1])
        sign, parts = int(units < 0), tuple(map(int, str(abs(units))))
        return Decimal((sign, parts, -scale))

    return value


def whole(low: int, high: int) -> Callable[[random.Random], int]:
    return lambda source: source.choice([low, high, source.randint(low, high), source.randint(max(low, -9), min(high, 9))])


def text(source: random.Random) -> str:
    return source.choice(["", "prefix/", "prefix/a/"]) + "".join(source.choices("abcé😀 ", k=source.randint(0, 9)))


def moment(source: random.Random) -> datetime:
    return EPOCH + timedelta(milliseconds=source.randint(-(10**12), 2 * 10**12))


def made() -> Dict[str, pa.Array]:
    columns: Dict[str, pa.Array] = {}

    def add(name: str, kind: pa.DataType, value: Callable[[random.Random], Any], **given: Any) -> None:
        columns[name] = column(kind, value, len(columns) + 1, **given)

    for bits in (8, 16, 32, 64):
        add(f"i{bits}", getattr(pa, f"int{bits}")(), whole(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
        add(f"u{bits}", getattr(pa, f"uint{bits}")(), whole(0, 2**bits - 1))
    add("all", pa.int64(), whole(-100, 100), nulls=0)
    add("none", pa.int64(), whole(0, 1), nulls=1)
    add("f32", pa.float32(), lambda source: source.choice([0.1, source.gauss(0, 1e9), 3.4e38, 1e-45]))
    add("f64", pa.float64(), lambda source: source.choice([source.random(), source.gauss(0, 1e300), 5e-324, 7.0]))
    add("odd", pa.float64(), lambda source: source.choice([float("nan"), float("inf"), float("-inf"), 0.5, 2.0]))
    add("flag", pa.bool_(), lambda source: source.random() < 0.3)
    add("text", pa.string(), text)
    add("large", pa.large_string(), text)
    add("bytes", pa.binary(), lambda source: source.randbytes(source.randint(0, 6)))
    add("five", pa.binary(5), lambda source: source.randbytes(5))
    for digits, scale in ((5, 2), (9, 0), (18, 4), (38, 10)):
        add(f"d{digits}", pa.decimal128(digits, scale), decimals(digits, scale))
    add("d60", pa.decimal256(60, 5), decimals(60, 5))
    add("day", pa.date32(), lambda source: date(1, 1, 1) + timedelta(source.randrange(3_000_000)))
    add("ms_of_day", pa.time32("ms"), lambda source: time(source.randrange(24), 1, 2, 3000))
    add("us_of_day", pa.time64("us"), lambda source: time(source.randrange(24), 1, 2, 3))
    for unit in ("s", "ms", "us", "ns"):
        add(f"at_{unit}", pa.timestamp(unit), lambda source: moment(source).replace(microsecond=0))
    add("zoned", pa.timestamp("us", "Europe/Oslo"), lambda source: moment(source).replace(tzinfo=timezone.utc))
    add("numbers", pa.list_(pa.int32()), lambda source: source.choices(range(9), k=3))
    add("words", pa.list_(pa.string()), lambda source: source.choices("ab", k=source.randint(0, 3)))
    add("matrix", pa.list_(pa.list_(pa.float64())), lambda source: [[source.random()] * 2] * 3)
    add("pair", pa.list_(pa.float32(), 2), lambda source: [source.random()] * 2, nulls=0)
    add("record", pa.struct([("x", pa.int64()), ("y", pa.string())]), lambda source: {"x": 1, "y": None})
    add("map", pa.map_(pa.string(), pa.int64()), lambda source: [("k", 1)])
    columns["half"] = columns["all"].cast(pa.float32()).cast(pa.float16())
    columns["category"] = columns["text"].dictionary_encode()
    columns["codes"] = columns["i8"].dictionary_encode()
    columns["nothing"] = pa.nulls(ROWS)
    return columns


DELTA = "DELTA_BINARY_PACKED"
SPLIT = "BYTE_STREAM_SPLIT"
ENCODINGS: Dict[str, Dict[str, str]] = {
    "plain": {},
    "delta": {
        **{name: DELTA for name in ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "all", "none", "at_us", "day")},
        **{name: "DELTA_LENGTH_BYTE_ARRAY" for name in ("text", "bytes")},
        **{name: "DELTA_BYTE_ARRAY" for name in ("large", "five", "d38", "d60")},
        "flag": "RLE",
    },
    "split": {name: SPLIT for name in ("f32", "f64", "odd", "i32", "i64", "u32", "u64", "five", "d18", "d38", "half", "at_ms")},
}


def pyarrow_files(folder: Path, columns: Dict[str, pa.Array]) -> List[Path]:
    table = pa.table(columns)
    ways: Dict[str, Dict[str, Any]] = {f"codec-{codec}": {"compression": codec} for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4")}
    for page in ("1.0", "2.0"):
        for encoding, chosen in ENCODINGS.items():
            ways[f"{encoding}-v{page[0]}"] = {"use_dictionary": False, "column_encoding": chosen or None, "data_page_version": page, "compression": "snappy"}
    ways["groups"] = {"row_group_size": 64, "data_page_version": "2.0"}
    ways["pages"] = {"data_page_size": 64, "write_batch_size": 16, "compression": "zstd", "write_page_checksum": True}
    ways["pages-v2"] = {**ways["pages"], "data_page_version": "2.0", "write_page_index": True}
    ways["dictionary-gives-up"] = {"dictionary_pagesize_limit": 128, "data_page_size": 256, "write_batch_size": 16}
    ways["int96"] = {"use_deprecated_int96_timestamps": True, "store_schema": False}
    ways["version-1"] = {"version": "1.0", "use_compliant_nested_type": False, "store_schema": False}
    ways["integers"] = {"store_decimal_as_integer": True, "store_schema": False, "write_statistics": False}
    paths = []
    for name, options in ways.items():
        paths.append(folder / f"pyarrow-{name}.parquet")
        pq.write_table(table, paths[-1], **options)
    needed = [pa.field(name, array.type, nullable=array.null_count > 0) for name, array in columns.items()]
    paths.append(folder / "pyarrow-required.parquet")
    pq.write_table(pa.table(columns, schema=pa.schema(needed)), paths[-1])
    return paths


DUCKDB_TYPES = """tinyint smallint integer bigint utinyint usmallint uinteger ubigint float double varchar boolean
    decimal(4,1) decimal(9,2) decimal(18,3) decimal(38,9) hugeint uhugeint""".split()


def duckdb_files(folder: Path) -> List[Path]:
    if duckdb is None:
        return []
    numbers = ", ".join(f"""case when i % 7 = 3 then null else cast(i % 90 as {kind}) end as c{at}""" for at, kind in enumerate(DUCKDB_TYPES))
    others = """uuid() as u, interval (i) day as span, date '2020-01-01' + (i % 50)::int as d, time '01:02:03' as t, '2020-01-01 01:02:03'::timestamptz as tz,
        '2020-01-01'::timestamp_s as ts, '2020-01-01'::timestamp_ns as tn, 'ab'::blob as b, '0101'::bit as bits, 'x'::enum_of as e, '{"a":1}'::json as j,
        [i, 1] as li, {'x': i} as st, map {'k': i} as m, ['x'] as ls"""
    con = duckdb.connect()
    con.execute("create type enum_of as enum ('x', 'y'); set timezone = 'UTC'")
    try:
        con.execute("select '{}'::json")
    except duckdb.Error:
        others = others.replace(""" '{"a":1}'::json as j,""", "")
    paths = []
    ways = [(codec, version, 100_000) for codec in ("uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw") for version in ("v1", "v2")]
    for codec, version, group in [*ways, ("snappy", "v2", 2048)]:
        paths.append(folder / f"duckdb-{codec}-{version}-{group}.parquet")
        options = f"format parquet, codec {codec}, parquet_version {version}, row_group_size {group}"
        con.execute(f"copy (select {numbers}, {others} from range(5000) r(i)) to '{paths[-1]}' ({options})")
    return paths


def polars_files(folder: Path, columns: Dict[str, pa.Array]) -> List[Path]:
    if polars is None:
        return []
    left_out = ("map", "d60", "ms_of_day", "nothing", "half")
    frame = polars.from_arrow(pa.table({name: array for name, array in columns.items() if name not in left_out}))
    paths = []
    for codec in ("uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4"):
        paths.append(folder / f"polars-{codec}.parquet")
        frame.write_parquet(paths[-1], compression=codec, row_group_size=200, statistics=codec != "gzip")
    return paths


def polars_reads(path: Path) -> Optional[pa.Table]:
    return polars.read_parquet(path).to_arrow() if polars is not None else None


def main() -> None:
    folder = Path(sys.argv[1])
    columns = made()
    for writer, paths in (
        ("pyarrow", pyarrow_files(folder, columns)),
        ("duckdb", duckdb_files(folder)),
        ("polars", polars_files(folder, columns)),
    ):
        for path in paths:
            tables = {"pyarrow": pq.read_table(path)}
            if writer == "polars":
                tables["polars"] = polars_reads(path)
            for reader, table in tables.items():
                print(json.dumps({"file": path.name, "reader": reader, "columns": table_figures(table)}), flush=True)


if __name__ == "__main__":
    main()
