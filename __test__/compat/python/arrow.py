"""
One pandas frame, as Arrow files in the folder given, and what whylogs says of it on standard output.
"""

import datetime
import decimal
import json
import math
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import whylogs as why

ROWS = 600


def frame() -> pd.DataFrame:
    numbers = np.arange(ROWS)
    start = datetime.date(2026, 1, 1)
    return pd.DataFrame(
        {
            "f64": numbers / 8 + 1,
            "f32": (numbers % 50).astype("float32"),
            "i8": (numbers % 100 - 50).astype("int8"),
            "i64": numbers * 1_000_003 - 7,
            "u16": (numbers % 9).astype("uint16"),
            "bool": numbers % 3 == 0,
            "text": [None if i % 11 == 0 else f"t{i % 40}" for i in numbers],
            "category": pd.Categorical([f"c{i % 7}" for i in numbers]),
            "time": pd.date_range("2026-01-01", periods=ROWS, freq="h"),
            "date": [start + datetime.timedelta(days=int(i % 30)) for i in numbers],
            "decimal": [decimal.Decimal(int(i)) / 4 for i in numbers],
            "list": [[float(i), 1.0] for i in numbers],
            "texts": [["a", "b"] for _ in numbers],
            "bytes": [b"x" for _ in numbers],
        }
    )


def said(value):
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [[item.value, item.est] for item in value]
    return value.item() if hasattr(value, "item") else value


def main(folder: str) -> None:
    data = frame()
    table = pa.Table.from_pandas(data, preserve_index=False)
    feather.write_feather(table, f"{folder}/lz4.arrow", compression="lz4")
    feather.write_feather(table, f"{folder}/zstd.arrow", compression="zstd")
    feather.write_feather(table, f"{folder}/plain.arrow", compression="uncompressed", chunksize=100)
    with pa.ipc.new_stream(f"{folder}/stream.arrow", table.schema) as out:
        out.write_table(table, max_chunksize=250)
    rows = why.log(data).view().to_pandas()
    json.dump({name: {key: said(value) for key, value in row.items()} for name, row in rows.to_dict("index").items()}, sys.stdout)


main(sys.argv[1])
