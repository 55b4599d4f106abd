"""
Opens every profile file under a folder with the reference, as a user would: `python check_folder.py FOLDER`.

Prints one line a file (columns, rows of the fullest column) and ends with status 1 if a file does not open or none is found.
"""

import sys
from pathlib import Path
from typing import Any, Dict, List

sys.dont_write_bytecode = True

from reference import DatasetProfileView, columns_shown, table


def opened(path: Path) -> Dict[str, Any]:
    """What the reference reads out of one file; raises what the reference raises."""
    view = DatasetProfileView.read(str(path))
    shown = table(view)
    if columns_shown(view) != sorted(shown):
        raise ValueError("to_pandas shows other columns than the view has")
    DatasetProfileView.deserialize(view.serialize())
    return {"columns": len(shown), "rows": max((row["counts/n"] for row in shown.values()), default=0)}


def check(folder: Path) -> List[Dict[str, Any]]:
    found: List[Dict[str, Any]] = []
    for path in sorted(folder.rglob("*.bin")):
        try:
            found.append({"file": str(path.relative_to(folder)), **opened(path)})
        except Exception as error:
            found.append({"file": str(path.relative_to(folder)), "error": f"{type(error).__name__}: {error}"})
    return found


if __name__ == "__main__":
    files = check(Path(sys.argv[1]))
    for entry in files:
        print(entry["file"], entry.get("error") or f"{entry['columns']} columns, {entry['rows']} rows", sep=": ")
    sys.exit(0 if files and not any("error" in entry for entry in files) else 1)
