"""
The reference as a child process of the live suite: one JSON request a line in, one JSON answer a line out, in order.

Requests: {"do": "profile", "case", "out"?} makes the reference's own profile of a case · {"do": "open", "path"} reads a
file · {"do": "merge", "paths", "out"?} reads and merges files · {"do": "folder", "path"} opens every file under a folder.
{"do": "wire", "kind", "text"} tracks one raw message. {"do": "schema", "schema", "columns"} makes the profile of typed columns with a schema ·
{"do": "segments", "columns", "by", "folder"} writes the files of segments · {"do": "segment", "path"} reads one.
The first three answer {"table", "datasetTimestampMs", "images"}, the images of the sketches in hexadecimal. What raises
is answered as {"error"}.
"""

import json
import sys
from functools import reduce
from pathlib import Path
from typing import Any, Dict

sys.dont_write_bytecode = True

import own_components
import own_metric
import reference
from check_folder import check
from make_fixtures import without_fractional
from reference import DatasetProfileView, images, table
from wire import tracked

import schemas


def shown(view: DatasetProfileView, out: Any = None) -> Dict[str, Any]:
    reference.columns_shown(view)
    if out:
        Path(out).write_bytes(view.serialize())
    return {
        "table": table(view),
        "own": own_metric.figures(view),
        "ownComponents": own_components.figures(view),
        "datasetTimestampMs": round(view.dataset_timestamp.timestamp() * 1000),
        "images": {name: {path: raw.hex() for path, raw in column.items()} for name, column in images(view).items()},
    }


def answer(request: Dict[str, Any]) -> Dict[str, Any]:
    if request["do"] == "profile":
        view = DatasetProfileView.deserialize(reference.profile(request["case"]).serialize())
        return {**shown(view, request.get("out")), "frequentItemsWithoutFractional": without_fractional(request["case"])}
    if request["do"] == "open":
        return shown(DatasetProfileView.read(request["path"]))
    if request["do"] == "merge":
        views = [DatasetProfileView.read(path) for path in request["paths"]]
        return shown(reduce(lambda left, right: left.merge(right), views), request.get("out"))
    if request["do"] == "folder":
        return {"files": check(Path(request["path"]))}
    if request["do"] == "wire":
        return {"table": table(tracked(request["kind"], request["text"].encode()))}
    if request["do"] == "schema":
        return shown(schemas.tracked(request["schema"], request["columns"]))
    if request["do"] == "segments":
        return {"files": schemas.segments(request["columns"], request["by"], request["folder"])}
    if request["do"] == "segment":
        return schemas.segment(request["path"])
    raise ValueError(f"unknown request {request['do']}")


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(reply, ensure_ascii=True) + "\n")
        sys.stdout.flush()
