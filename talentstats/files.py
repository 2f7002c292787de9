"""Writing files: whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from talentstats.errors import OutputError


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file so that it appears whole or not at all.

    Parameters
    ----------
    path : path-like
        The file, in a folder that exists; replaced in one step.
    content : bytes
        All that it will hold.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If it cannot be written; nothing half-written remains.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/a.txt", b"all of it").read_bytes()
    b'all of it'
    """
    target = Path(path)
    # Beside the target, since only then the replacement is one step.
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        os.replace(draft, target)
    except OSError as error:
        raise OutputError(
            f"{target} could not be written ({error.strerror or error}); nothing was changed. "
            "Hint: does the folder exist, and may you write to it?"
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink()
    return target
