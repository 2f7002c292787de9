"""Renew bytes and hash of every table in data/datapackage.json after an intended change."""

import hashlib
import json
from pathlib import Path

DATA = Path(__file__).parents[3] / "data"


def renew(folder: Path) -> list[str]:
    """Write what the files now are; return the names of the tables that had changed."""
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    changed = []
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        found = {
            "bytes": len(content),
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        }
        if found != {key: resource[key] for key in found}:
            resource.update(found)
            changed.append(resource["name"])
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
    return changed


if __name__ == "__main__":
    print("renewed:", ", ".join(renew(DATA)) or "nothing had changed")
