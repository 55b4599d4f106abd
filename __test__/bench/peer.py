"""whylogs on the rows of a file: `python peer.py frame|homogeneous|logger|serialised FILE` prints rows a second and what the profile says, as JSON."""

import json
import os
import sys
import tempfile
import time

os.environ["WHYLOGS_NO_ANALYTICS"] = "True"
os.environ["WHYLOGS_CONFIG_PATH"] = os.path.join(tempfile.gettempdir(), "rolling-profiles-bench-no-such-config.ini")
os.environ.pop("WHYLABS_API_KEY", None)

import pandas as pd  # noqa: E402
import whylogs as why  # noqa: E402
from whylogs.core.view.dataset_profile_view import DatasetProfileView  # noqa: E402


def through_logger(rows, serialised=False):
    """The process logger until everything is in a file: one `log(dict)` a row, as its users call it, or messages of 100 rows as bytes.

    About two seconds of it are pauses in which it gathers messages, however many there are: there have to be enough rows.
    """
    from whylogs.api.logger.experimental.logger.actor.process_rolling_logger_messages import RawLogMessage
    from whylogs.api.logger.experimental.logger.actor.process_rolling_logger import ProcessRollingLogger, WriterFactory
    from whylogs.api.logger.experimental.logger.actor.time_util import TimeGranularity
    from whylogs.api.writer.local import LocalWriter

    folder = tempfile.mkdtemp()

    class Writers(WriterFactory):
        def create_writers(self, dataset_id, org_id=None):
            return [LocalWriter(base_dir=folder)]

    logger = ProcessRollingLogger(aggregate_by=TimeGranularity.Day, writer_factory=Writers())
    logger.start()
    messages = [] if serialised else None
    if serialised:
        names = list(rows[0])
        for start in range(0, len(rows), 100):
            data = [[row[name] for name in names] for row in rows[start : start + 100]]
            request = {"datasetId": "d", "timestamp": 1706486400000, "multiple": {"columns": names, "data": data}}
            messages.append(json.dumps(request).encode())
    began = time.perf_counter()
    if serialised:
        for message in messages:
            logger.send(RawLogMessage(request=message, request_time=1706486400000))
    else:
        for row in rows:
            logger.log(row, dataset_id="d")
    logger.close()
    seconds = time.perf_counter() - began
    views = [DatasetProfileView.read(os.path.join(folder, name)) for name in os.listdir(folder)]
    view = views[0]
    for other in views[1:]:
        view = view.merge(other)
    return seconds, view


def homogeneous(frame):
    """The schema under which whylogs looks at the type of a column's first value alone: its fastest way."""
    from whylogs.core.preprocessing import ColumnProperties
    from whylogs.core.schema import DatasetSchema

    kinds = {"f": float, "i": int, "s": str, "b": bool}
    return DatasetSchema(types={name: (kinds[name[0]], ColumnProperties.homogeneous) for name in frame})


def main():
    form, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    why.init(force_local=True, allow_anonymous=False)
    if form in ("frame", "homogeneous"):
        frame = pd.DataFrame(rows)
        schema = homogeneous(frame) if form == "homogeneous" else None
        why.log(frame[:1000], schema=schema)
        began = time.perf_counter()
        view = why.log(frame, schema=schema).view()
        seconds = time.perf_counter() - began
    else:
        seconds, view = through_logger(rows, serialised=form == "serialised")
    answers = {}
    for name, column in view.get_columns().items():
        summary = column.to_summary_dict()
        answers[name] = {"n": summary["counts/n"], "distinct": summary["cardinality/est"]}
        if summary["types/boolean"] == 0 and summary["types/string"] == 0:
            answers[name].update({key: summary[f"distribution/{key}"] for key in ("min", "max", "mean")})
    print(json.dumps({"rowsPerSecond": len(rows) / seconds, "answers": answers}))


if __name__ == "__main__":
    main()
