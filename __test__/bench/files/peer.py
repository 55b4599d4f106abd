"""Another library on a file: `python peer.py duckdb|polars FORMAT FILE` prints what it says of the columns, and what that took, as JSON."""

import json
import resource
import sys


def summarised(kind, path):
    import duckdb

    found = duckdb.sql(f"SUMMARIZE SELECT * FROM read_{kind}('{path}')").fetchall()
    answers = {}
    for name, column_type, least, most, _, mean, *_, count, _ in found:
        answers[name] = {"n": count}
        if column_type in ("BIGINT", "DOUBLE"):
            answers[name].update(min=float(least), max=float(most), mean=float(mean))
    return duckdb.__version__, answers


def described(kind, path):
    import polars as pl

    table = {"csv": pl.read_csv, "json": pl.read_ndjson, "parquet": pl.read_parquet}[kind](path)
    table.describe()
    return pl.__version__, None


def most_memory():
    """Of this process alone: what `resource` tells begins with that of the process that started it."""
    try:
        with open("/proc/self/status", encoding="utf-8") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        return None


if __name__ == "__main__":
    version, answers = {"duckdb": summarised, "polars": described}[sys.argv[1]](*sys.argv[2:4])
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {"bytes": most_memory(), "cpuSeconds": used.ru_utime + used.ru_stime}
    print(json.dumps({"version": version, "answers": answers, **cost}))
