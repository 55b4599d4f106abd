"""What a column of Arrow data says, by its values one by one."""

import math
from typing import Any, Dict, List

import pyarrow as pa
import pyarrow.types as kinds_of_types


def kind_of_type(kind: pa.DataType) -> str:
    """What values of a type count as; `list`: that is known from a value alone."""
    if kinds_of_types.is_dictionary(kind):
        return kind_of_type(kind.value_type)
    if kinds_of_types.is_boolean(kind):
        return "boolean"
    if kinds_of_types.is_integer(kind):
        return "integral"
    if kinds_of_types.is_floating(kind) or kinds_of_types.is_decimal(kind):
        return "fractional"
    if kinds_of_types.is_string(kind) or kinds_of_types.is_large_string(kind) or str(kind) == "string_view":
        return "string"
    if kinds_of_types.is_list(kind) or kinds_of_types.is_large_list(kind) or kinds_of_types.is_fixed_size_list(kind):
        return "list"
    return "object"


def numbers_of(column: pa.ChunkedArray) -> List[Any]:
    """The values that are there, as Python's."""
    kind = column.type
    if kinds_of_types.is_float16(kind):
        column = column.cast(pa.float32())
    return [value for value in column.to_pylist() if value is not None]


def figures(column: pa.ChunkedArray) -> Dict[str, Any]:
    """What a profile says of a column; of objects and lists there are only counts."""
    kind = kind_of_type(column.type)
    found: Dict[str, Any] = {"n": len(column), "nulls": column.null_count}
    if kind in ("object", "list"):
        return {**found, "kinds": {kind: len(column) - column.null_count}}
    values = numbers_of(column)
    if kind == "string":
        # The sketch of distinct values does not count the empty text, in the reference as here.
        return {**found, "kinds": {kind: len(values)}, "distinct": len(set(values) - {""})}
    return {**found, **figures_of_numbers(values, kind)}


def figures_of_numbers(values: List[Any], kind: str) -> Dict[str, Any]:
    """Of whole numbers those beyond 63 bits are doubles."""
    kinds: Dict[str, int] = {}
    finite: List[Any] = []
    nan = infinite = 0
    for value in values:
        number = value if kind != "fractional" else float(value)
        if kind == "integral" and not -(2**63) <= number < 2**63:
            number = float(number)
        if isinstance(number, float) and math.isnan(number):
            nan += 1
            continue
        own = "fractional" if isinstance(number, float) else kind
        kinds[own] = kinds.get(own, 0) + 1
        if isinstance(number, float) and math.isinf(number):
            infinite += 1
        else:
            finite.append(number)
    found: Dict[str, Any] = {"kinds": kinds, "nan": nan, "inf": infinite, "distinct": len(set(finite))}
    if finite:
        doubles = [float(number) for number in finite]
        scale = max(map(abs, doubles))
        total = math.fsum(number / len(doubles) for number in doubles)
        found.update(min=min(doubles), max=max(doubles), mean=total, scale=scale)
    return found


def table_figures(table: pa.Table) -> Dict[str, Any]:
    return {name: figures(table.column(at)) for at, name in enumerate(table.column_names)}
