"""
The cases of the fixture set. `cases()` are those that can be made again from their input by any implementation;
`merges()` names pairs of them; profiles that only the reference can make are in make_fixtures.py.
"""

from typing import Any, Dict, List

from values import encode, kinds_of

DAY_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z


def listed(kind: str, *values: Any) -> Dict[str, Any]:
    return {"kind": kind, "values": [encode(value) for value in values]}


def repeated(kind: str, count: int) -> Dict[str, Any]:
    return {"kind": kind, "count": count}


def made(shape: str, seed: int, count: int, **settings: Any) -> Dict[str, Any]:
    return {"generator": {"shape": shape, "seed": seed, "count": count, **settings}}


def case(name: str, about: str, mode: str, columns: Dict[str, List[Dict[str, Any]]], number: int = 0) -> Dict[str, Any]:
    return {
        "name": name,
        "about": about,
        "mode": mode,
        "datasetTimestampMs": DAY_MS + number * 86_400_000,
        "creationTimestampMs": DAY_MS + 1_000_000_000 + number * 1001,
        "resolver": "standard" if all(settled_by_first(steps) for steps in columns.values()) else "grown",
        "columns": [{"name": column, "steps": steps} for column, steps in columns.items()],
    }


def settled_by_first(steps: List[Dict[str, Any]]) -> bool:
    """Whether the reference's own resolver picks the same metrics: true of columns of one kind that starts at once."""
    kinds = [sorted(kinds_of([step])) for step in steps]
    return len(kinds) > 0 and len(kinds[0]) == 1 and all(kind in (kinds[0], ["null"]) for kind in kinds) and kinds[0] != ["null"]


def ints(*values: int) -> Dict[str, Any]:
    return listed("integral", *values)


def fractions(*values: float) -> Dict[str, Any]:
    return listed("fractional", *values)


def texts(*values: str) -> Dict[str, Any]:
    return listed("text", *values)


def bools(*values: bool) -> Dict[str, Any]:
    return listed("bool", *values)


def nulls(count: int = 1) -> Dict[str, Any]:
    return repeated("null", count)


MIXES = {
    "ints": [ints(1, 2, 3)],
    "ints and null": [ints(1), nulls(), ints(3)],
    "null, then ints": [nulls(2), ints(5, 5)],
    "ints and fractions": [ints(1), fractions(2.5)],
    "fractions": [fractions(0.1, 1e-7, 1.5, -2.25)],
    "fractions and null": [fractions(0.5), nulls(), fractions(1.5)],
    "whole fractions": [fractions(1.0, 2.0, 2.0)],
    "bools": [bools(True, False, True)],
    "bools and null": [bools(True), nulls(), bools(False)],
    "trues": [bools(True, True)],
    "bool and numbers": [bools(True), ints(1), fractions(2.5)],
    "everything": [texts("a"), ints(1), fractions(2.5), bools(True), nulls()],
    "texts": [texts("x", "y", "x")],
    "text and null": [nulls(), texts("x"), nulls(3)],
    "empty text": [texts("", "", "   ")],
    "only empty text": [texts("")],
    "int and its text": [ints(1), texts("1")],
    "nulls": [nulls(3)],
    "objects": [repeated("object", 3)],
    "tensors": [repeated("tensor", 2)],
    "objects, tensors, null": [repeated("object", 1), repeated("tensor", 2), nulls()],
    "object and text": [repeated("object", 1), texts("x")],
}

EDGES = {
    "around 2^53": [ints(2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**53 + 2)],
    "int64 ends": [ints(2**63 - 1, -(2**63 - 1), 2**63 - 2)],
    "int64 least": [ints(-(2**63), 0)],
    "negative": [ints(-5, -1, -1000000)],
    "zero": [ints(0)],
    "minus zero": [fractions(-0.0, 0.0, 1.5)],
    "huge": [fractions(1e150, -1e150, 1.5e150)],
    "largest": [fractions(1.7976931348623157e308)],
    "tiny": [fractions(5e-324, 2.2250738585072014e-308, -1e-300)],
    "one double": [fractions(0.1)],
    "one int": [ints(-7)],
    "close together": [fractions(1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75)],
}

TEXTS = {
    "scripts": [texts("größe", "数据", "данные", "नमस्ते", "שלום", "e\u0301", "\u00e9")],
    "emoji": [texts("😀", "👩‍👩‍👧", "😀", "a😀b")],
    "control": [texts("a\u0000b", "\t", "\n", "\u007f", " ")],
    "long ascii": [texts("x" * 200, "x" * 128, "x" * 129, "y" * 127)],
    "long wide": [texts("😀" * 130, "é" * 128 + "tail", "é" * 128)],
    "numbers as text": [texts("1", "1.0", "True", "nan", "null")],
    "byte lengths": [texts(*["abcdefghijklmnopqrstuvwxyz"[:length] for length in range(1, 27)])],
}

NANS = {
    "fractions and nan": [fractions(0.5, 1.5), repeated("nan", 2), fractions(2.5)],
    "nan, then ints": [repeated("nan", 1), ints(4, 4)],
}

NAMES = {name: [ints(1)] for name in ("", " ", "a/b", "a.b", "counts/n", "größe", "数据", "😀", "A", "a", "\u0001", "x" * 300)}


def by_size(size: int) -> Dict[str, List[Dict[str, Any]]]:
    """Columns of one batch, and one column of four."""
    quarter = max(1, size // 4)
    return {
        "int few": [made("intRange", 1, size, low=-20, span=100)],
        "int unique": [made("intUnique", 2, size)],
        "fraction": [made("fraction", 3, size, low=-1000, span=5000)],
        "fraction few": [made("fractionFew", 4, size, distinct=30)],
        "text few": [made("textFew", 5, size, prefix="k", distinct=12)],
        "text unique": [made("textUnique", 6, size, prefix="user-")],
        "text skewed": [made("textSkewed", 7, size, prefix="p", distinct=3000)],
        "flag": [made("bool", 8, size, of=10, trues=3)],
        "four kinds": [
            made("fraction", 9, quarter, low=0, span=10),
            made("intRange", 10, quarter, low=0, span=7),
            made("textFew", 11, quarter, prefix="", distinct=9),
            made("bool", 12, quarter, of=2, trues=1),
        ],
    }


def cases() -> List[Dict[str, Any]]:
    found = [
        case("mixes-row", "every kind and mix of kinds, value by value", "row", MIXES),
        case("mixes-frame", "every kind and mix of kinds, a typed frame a step", "frame", MIXES, 1),
        case("edges-row", "numbers at the edges of their types, value by value", "row", EDGES),
        case("edges-frame", "numbers at the edges of their types, typed frames", "frame", EDGES, 1),
        case("texts", "scripts, control characters, lengths around every tail of a hash, 128 code points", "frame", TEXTS, 2),
        case("nans", "not-a-number in typed frames; value by value it would spoil the reference's mean for good", "frame", NANS, 2),
        case("names", "column names that need care", "frame", NAMES, 2),
        case("columns-150", "many columns", "frame", {f"c{i:03}": [made("intRange", i + 1, 3, low=0, span=1000)] for i in range(150)}),
    ]
    for size in (1, 2, 7, 8, 100, 384, 385, 1024, 1025, 5000, 100_000):
        found.append(case(f"size-{size}", f"{size} values a column, typed frames", "frame", by_size(size), size % 97))
    for size in (7, 8, 100, 385, 1024, 1025, 3000):
        columns = {
            "mix": [made("mix", size + 50, size)],
            "int unique": [made("intUnique", size + 51, size)],
            "text skewed": [made("textSkewed", size + 52, size, prefix="q", distinct=2000)],
            "fraction": [made("fraction", size + 53, size, low=0, span=3)],
            "flag": [made("bool", size + 54, size, of=4, trues=1)],
        }
        found.append(case(f"rows-{size}", f"{size} values a column, value by value, kinds taking turns", "row", columns, size % 89))
    tagged = case("metadata", "metadata and tags", "row", {"x": [ints(1, 2)]}, 5)
    tagged["metadata"] = {"whylogs.version": "1.6.4", "whylogs.tag.country": "DE", "ключ": "значение", "empty": ""}
    found.append(tagged)
    other = case("metadata-other", "metadata to merge with", "row", {"x": [ints(3)], "y": [texts("z")]}, 3)
    other["metadata"] = {"whylogs.version": "other", "more": "yes"}
    found.append(other)
    return found


def merges() -> List[List[str]]:
    return [
        ["mixes-row", "mixes-frame"],
        ["edges-row", "edges-frame"],
        ["size-2", "size-7"],
        ["size-8", "size-100"],
        ["size-100", "size-384"],
        ["size-384", "size-385"],
        ["size-7", "size-1025"],
        ["rows-385", "rows-100"],
        ["rows-1024", "rows-1025"],
        ["size-1024", "size-5000"],
        ["metadata", "metadata-other"],
        ["names", "texts"],
    ]
