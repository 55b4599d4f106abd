"""whylogs on the rows of a file: `python peer.py frame|rows|logger FILE` prints rows a second and what the profile says, as JSON."""

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


def through_logger(rows):
    """The process logger with one `log(dict)` a row, as its users call it, until everything is in a file."""
    from whylogs.api.logger.experimental.logger.actor.process_rolling_logger import ProcessRollingLogger, WriterFactory
    from whylogs.api.logger.experimental.logger.actor.time_util import TimeGranularity
    from whylogs.api.writer.local import LocalWriter

    folder = tempfile.mkdtemp()

    class Writers(WriterFactory):
        def create_writers(self, dataset_id, org_id=None):
            return [LocalWriter(base_dir=folder)]

    logger = ProcessRollingLogger(aggregate_by=TimeGranularity.Day, writer_factory=Writers())
    logger.start()
    began = time.perf_counter()
    for row in rows:
        logger.log(row, dataset_id="d")
    logger.close()
    seconds = time.perf_counter() - began
    views = [DatasetProfileView.read(os.path.join(folder, name)) for name in os.listdir(folder)]
    view = views[0]
    for other in views[1:]:
        view = view.merge(other)
    return seconds, view


def main():
    form, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    why.init(force_local=True, allow_anonymous=False)
    if form == "frame":
        frame = pd.DataFrame(rows)
        began = time.perf_counter()
        view = why.log(frame).view()
        seconds = time.perf_counter() - began
    elif form == "rows":
        profile = why.log(row=rows[0]).profile()
        began = time.perf_counter()
        for row in rows[1:]:
            profile.track(row=row)
        seconds = time.perf_counter() - began
        view = profile.view()
    else:
        seconds, view = through_logger(rows)
    answers = {}
    for name, column in view.get_columns().items():
        summary = column.to_summary_dict()
        answers[name] = {"n": summary["counts/n"], "distinct": summary["cardinality/est"]}
        if summary["types/boolean"] == 0 and summary["types/string"] == 0:
            answers[name].update({key: summary[f"distribution/{key}"] for key in ("min", "max", "mean")})
    print(json.dumps({"rowsPerSecond": len(rows) / seconds, "answers": answers}))


if __name__ == "__main__":
    main()
