"""The public names of the reference's process logger module, as its API page lists them: what its classes define, and what they take from bases outside of whylogs."""

import json
import sys

from whylogs.api.logger.experimental.logger.actor import pipe_signaler
from whylogs.api.logger.experimental.logger.actor import process_rolling_logger as module

PROCESS = ["authkey", "daemon", "exitcode", "ident", "is_alive", "join", "kill", "name", "pid", "sentinel", "start", "terminate", "run", "close"]
THREAD = ["daemon", "getName", "ident", "isDaemon", "is_alive", "join", "name", "setDaemon", "setName", "start"]
CLASSES = {
    "WriterFactory": [],
    "WhyLabsWriterFactory": [],
    "LoggerOptions": [],
    "LoggerFactory": [],
    "ThreadLoggerFactory": [],
    "BaseProcessRollingLogger": PROCESS,
    "ProcessRollingLogger": PROCESS,
    # On the page, though the module has it no more.
    "PipeSignaler": [*THREAD, "close_child"],
}
VALUES = ["DataTypes", "DictType", "BuiltinMessageTypes", "AdditionalMessages"]


def members(name: str) -> list:
    cls = getattr(module, name, None) or getattr(pipe_signaler, name)
    own = {member for base in cls.__mro__ if base.__module__.startswith("whylogs") for member in vars(base)}
    own |= set(getattr(cls, "__dataclass_fields__", {}))
    return sorted({member for member in own if not member.startswith("_")} | set(CLASSES[name]))


if __name__ == "__main__":
    assert all(hasattr(module, value) for value in VALUES)
    json.dump({"values": VALUES, "classes": {name: members(name) for name in CLASSES}}, sys.stdout, indent=2)
    print()
