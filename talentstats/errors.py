"""The errors of the package: one root, few children."""


class TalentStatsError(Exception):
    """Root of every error that talentstats raises on purpose."""


class InputError(TalentStatsError, ValueError):
    """The caller's input is not allowed: says what was found, what is allowed, what to try."""


class UnknownNameError(InputError):
    """A name (method, benchmark, table, format) is not known: offers the nearest ones."""


class ConvergenceError(InputError):
    """An iteration found no estimate in these data: says which, and what to try instead."""


class DataIntegrityError(TalentStatsError):
    """A file of the published data is missing, changed or not UTF-8."""


class OutputError(TalentStatsError, OSError):
    """A result could not be written; nothing half-written remains."""


class MissingExtraError(TalentStatsError, ImportError):
    """An optional package is not installed: names the extra that brings it."""


class SamplingInterrupted(TalentStatsError, KeyboardInterrupt):
    """Sampling was stopped by the user: says how far it had come and what is kept."""
