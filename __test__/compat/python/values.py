"""
Values of a test case, and the generator that stands in for long lists.

A column is a list of steps, each of one kind; docs/compatibility.md describes both. The same generator is written in
Rust (crates/profile/tests/support/values.rs) and in JavaScript (__test__/compat/values.mjs), so that a hundred thousand
values need no file. All arithmetic is exact in 64-bit floats.
"""

from typing import Any, Dict, Iterator, List, Tuple

# One value: its kind (integral, fractional, bool, text, null, nan, object, tensor) and the value.
Value = Tuple[str, Any]
OBJECT = {"a": 1}
TENSOR = [1.0, 2.0]


class Draws:
    """The 32-bit linear congruential generator of Numerical Recipes."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def next(self) -> int:
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state

    def below(self, bound: int) -> int:
        """The low bits of such a generator repeat early, so the low eight are left out."""
        return (self.next() >> 8) % bound

    def fraction(self, low: int, span: int) -> float:
        """Never a whole number: the last of its 32 binary places is always set."""
        draw = self.next()
        return low + (draw % span) + (draw | 1) / 4294967296.0


def generate(spec: Dict[str, Any]) -> Iterator[Value]:
    draws = Draws(spec["seed"])
    shape = spec["shape"]
    for _ in range(spec["count"]):
        if shape == "intRange":
            yield "integral", spec["low"] + draws.below(spec["span"])
        elif shape == "intUnique":
            yield "integral", draws.next() - 2**31
        elif shape == "fraction":
            yield "fractional", draws.fraction(spec["low"], spec["span"])
        elif shape == "fractionFew":
            yield "fractional", draws.below(spec["distinct"]) + 0.5
        elif shape == "textFew":
            yield "text", spec["prefix"] + str(draws.below(spec["distinct"]))
        elif shape == "textUnique":
            yield "text", spec["prefix"] + str(draws.next())
        elif shape == "textSkewed":
            yield "text", spec["prefix"] + str(draws.below(draws.below(spec["distinct"]) + 1))
        elif shape == "bool":
            yield "bool", draws.below(spec["of"]) < spec["trues"]
        elif shape == "mix":
            which = draws.below(3)
            if which == 0:
                yield "integral", draws.below(1000) - 500
            elif which == 1:
                yield "fractional", draws.fraction(-10, 20)
            else:
                yield "text", "m" + str(draws.below(50))
        else:
            raise ValueError(f"unknown shape {shape}")


def expand(step: Dict[str, Any]) -> List[Value]:
    """Every value of a step, in order."""
    if "generator" in step:
        return list(generate(step["generator"]))
    kind = step["kind"]
    repeated = {"null": None, "nan": float("nan"), "object": OBJECT, "tensor": TENSOR}
    if kind in repeated:
        return [(kind, repeated[kind])] * step["count"]
    read = {"integral": int, "fractional": float, "bool": bool, "text": str}[kind]
    return [(kind, read(value)) for value in step["values"]]


def kinds_of(steps: List[Dict[str, Any]]) -> set:
    """The kinds that occur in a column."""
    return {kind for step in steps for kind, _ in expand(step)}


def encode(value: Any) -> Any:
    """A value as JSON holds it: integers that a double cannot hold are text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value
