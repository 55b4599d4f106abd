"""
Arrow IPC files and streams of every type that pyarrow and polars write, into the folder that is named; standard output, a JSON object a line:
{"file", "reader", "columns"}.
"""

import json
import sys
from pathlib import Path
from typing import Iterator

sys.dont_write_bytecode = True

import pyarrow as pa
import pyarrow.ipc
from file_figures import table_figures
from parquet_files import made, polars


def pyarrow_files(folder: Path, table: pa.Table) -> Iterator[Path]:
    for codec in (None, "lz4", "zstd"):
        for form, make, ending in (("file", pa.ipc.new_file, "arrow"), ("stream", pa.ipc.new_stream, "arrows")):
            for batch in (97, 10_000):
                path = folder / f"pyarrow-{form}-{codec}-{batch}.{ending}"
                options = pa.ipc.IpcWriteOptions(compression=codec)
                with make(str(path), table.schema, options=options) as writer:
                    writer.write_table(table, max_chunksize=batch)
                yield path
    path = folder / "pyarrow-no-rows.arrow"
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table.slice(0, 0))
    yield path
    path = folder / "pyarrow-feather.feather"
    with pa.ipc.new_file(str(path), table.schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
        for at in range(0, len(table), 100):
            # Rows in the middle of arrays, whose bits do not begin with a byte.
            writer.write_table(table.slice(at + 3, 97))
    yield path


def polars_files(folder: Path, table: pa.Table) -> Iterator[Path]:
    left_out = ("map", "d60", "ms_of_day", "nothing", "half")
    frame = polars.from_arrow(table.drop_columns([name for name in left_out if name in table.column_names]))
    # Of the newest level, texts are views.
    path = folder / "polars-views.arrows"
    frame.write_ipc_stream(path, compat_level=polars.CompatLevel.newest())
    yield path
    path = folder / "polars-stream.arrows"
    frame.write_ipc_stream(path, compat_level=polars.CompatLevel.oldest())
    yield path
    for codec in ("uncompressed", "lz4", "zstd"):
        path = folder / f"polars-{codec}.arrow"
        frame.write_ipc(path, compression=codec, compat_level=polars.CompatLevel.newest())
        yield path


def read(path: Path) -> pa.Table:
    source = pa.memory_map(str(path))
    return (pa.ipc.open_stream if path.suffix == ".arrows" else pa.ipc.open_file)(source).read_all()


def main() -> None:
    folder = Path(sys.argv[1])
    columns = made()
    columns["span"] = pa.array(range(len(columns["all"])), pa.duration("ms"))
    table = pa.table(columns)
    for paths in (pyarrow_files(folder, table), polars_files(folder, table) if polars is not None else ()):
        for path in paths:
            print(json.dumps({"file": path.name, "reader": "pyarrow", "columns": table_figures(read(path))}), flush=True)


if __name__ == "__main__":
    main()
