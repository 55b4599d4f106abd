"""
CSV and JSON files as Python, pandas, polars and DuckDB write them, into the folder that is named; standard output, a JSON object a line:
{"file", "reader", "columns"}: what was written ("made"), and what each reader says of each file, without the types, which are its own.
"""

import csv
import io
import json
import random
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Tuple

sys.dont_write_bytecode = True

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
from file_figures import table_figures

try:
    import duckdb
except ImportError:
    duckdb = None
try:
    import polars
except ImportError:
    polars = None

ROWS = 600
# Columns that a reader does not read as they are: to pandas the smallest of 64 bits is a null.
NOT_READ = {"pandas": ("large",)}
Reader = Callable[[str], pa.Table]


def text(source: random.Random) -> str:
    return source.choice(["x", "é", "日本", "say"]) + source.choice(["", ",", ";", '"', '""', "\n", "\t", "'", "|", " ", "😀", "\\", "\\n"]) + "y"


VALUES: Dict[str, Tuple[pa.DataType, Callable[[random.Random], Any]]] = {
    "small": (pa.int64(), lambda source: source.randint(-99, 99)),
    "large": (pa.int64(), lambda source: source.choice([2**63 - 1, -(2**63), 2**53 + 1, source.randint(-(2**63), 2**63 - 1)])),
    "money": (pa.float64(), lambda source: source.randint(-99999, 99999) / 100),
    "digits": (pa.float64(), lambda source: source.random()),
    "wide": (pa.float64(), lambda source: source.choice([1.5, -1]) * 10.0 ** source.randint(-290, 290)),
    "flag": (pa.bool_(), lambda source: source.random() < 0.5),
    "text": (pa.string(), text),
    "code": (pa.string(), lambda source: f"k{source.randrange(10**6)}"),
}


def made() -> pa.Table:
    source = random.Random(16)
    columns = {}
    for name, (kind, value) in VALUES.items():
        columns[name] = pa.array([None if source.random() < 0.12 else value(source) for _ in range(ROWS)], kind)
    # No line is blank, and none looks as if it had one field.
    return pa.table({"row": pa.array(range(ROWS)), **columns})


def csv_module(table: pa.Table, **dialect: Any) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, **{"lineterminator": "\n", **dialect})
    writer.writerow(table.column_names)
    writer.writerows(row.values() for row in table.to_pylist())
    return out.getvalue().encode()


def json_module(table: pa.Table, **form: Any) -> bytes:
    return "".join(json.dumps(row, **form) + "\n" for row in table.to_pylist()).encode()


def files(folder: Path, table: pa.Table) -> Iterator[Tuple[str, str]]:
    """Writes the files; gives the name of each, and the delimiter of a CSV file."""

    def wrote(name: str, content: bytes, delimiter: str = "") -> Tuple[str, str]:
        (folder / name).write_bytes(content)
        return name, delimiter

    for name, delimiter in (("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|")):
        yield wrote(f"python-{name}.csv", csv_module(table, delimiter=delimiter), delimiter)
    yield wrote("python-crlf.csv", csv_module(table, lineterminator="\r\n"), ",")
    yield wrote("python-strings.csv", csv_module(table, quoting=csv.QUOTE_NONNUMERIC), ",")
    yield wrote("python-marked.csv", b"\xef\xbb\xbf" + csv_module(table), ",")
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    yield wrote("pandas.csv", frame.to_csv(index=False).encode(), ",")
    yield wrote("python-lines.ndjson", json_module(table))
    yield wrote("python-utf8.ndjson", json_module(table, ensure_ascii=False, separators=(",", ":")))
    yield wrote("python-pretty.json", json_module(table, indent=2))
    yield wrote("python-array.json", json.dumps(table.to_pylist(), indent=1).encode())
    if polars is not None:
        given = polars.from_arrow(table)
        yield wrote("polars-comma.csv", given.write_csv().encode(), ",")
        yield wrote("polars-tab.tsv", given.write_csv(separator="\t").encode(), "\t")
        yield wrote("polars-lines.ndjson", given.write_ndjson().encode())
    if duckdb is not None:
        for name, options, delimiter in (("duckdb-comma.csv", "format csv, header", ","), ("duckdb-bar.csv", "format csv, header, delimiter '|'", "|")):
            duckdb.sql(f"copy (from 'table') to '{folder / name}' ({options})".replace("'table'", "table_of_ours"))
            yield name, delimiter
        try:
            duckdb.sql(f"copy (from table_of_ours) to '{folder / 'duckdb-lines.ndjson'}' (format json)")
            yield "duckdb-lines.ndjson", ""
        except duckdb.Error as error:
            print(f"DuckDB writes no JSON here: {error}", file=sys.stderr)


def readers(name: str, delimiter: str) -> Dict[str, Reader]:
    """Those that read such a file with no loss of digits."""
    found: Dict[str, Reader] = {}
    if delimiter:
        found["pandas"] = lambda path: pa.Table.from_pandas(
            pd.read_csv(path, sep=delimiter, dtype_backend="pyarrow", na_values=[""], keep_default_na=False, float_precision="round_trip")
        )
        parse = pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        convert = pyarrow.csv.ConvertOptions(strings_can_be_null=True, null_values=[""])
        found["pyarrow"] = lambda path: pyarrow.csv.read_csv(path, parse_options=parse, convert_options=convert)
        # An empty field that is quoted is a text to it, also in a column of numbers.
        if polars is not None and name != "python-strings.csv":
            found["polars"] = lambda path: polars.read_csv(path, separator=delimiter, infer_schema_length=None).to_arrow()
        if duckdb is not None:
            found["duckdb"] = lambda path: duckdb.read_csv(path, delimiter=delimiter, quotechar='"', escapechar='"', sample_size=-1).arrow()
    elif name.endswith(".ndjson"):
        found["pyarrow"] = pyarrow.json.read_json
        if polars is not None:
            found["polars"] = lambda path: polars.read_ndjson(path, infer_schema_length=None).to_arrow()
    return found


def as_table(read: Any) -> pa.Table:
    return read.read_all() if isinstance(read, pa.RecordBatchReader) else read


def main() -> None:
    folder = Path(sys.argv[1])
    table = made()
    if duckdb is not None:
        duckdb.register("table_of_ours", table)
    for name, delimiter in files(folder, table):
        print(json.dumps({"file": name, "reader": "made", "columns": table_figures(table)}))
        for reader, read in readers(name, delimiter).items():
            try:
                columns = table_figures(as_table(read(str(folder / name))))
            except Exception as error:
                print(json.dumps({"file": name, "reader": reader, "error": f"{type(error).__name__}: {error}"[:300]}))
                continue
            for column in NOT_READ.get(reader, ()):
                del columns[column]
            for figures in columns.values():
                del figures["kinds"]
            print(json.dumps({"file": name, "reader": reader, "columns": columns}))


if __name__ == "__main__":
    main()
