"""Options of the commands that sample: terms, prior, draws, where the fit is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from talentstats.cli import options
from talentstats.errors import InputError

if TYPE_CHECKING:
    from talentstats.bayes.posterior import PosteriorFit
    from talentstats.bayes.sampling import Sampling

_KEPT: Final = ".zarr"
_WORDS: Final = ("vary", "fixed", "prior_sd", "draws", "chains", "seed", "save")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelOptions:
    """What a command that samples was told.

    Parameters
    ----------
    vary, fixed : tuple of str
        Terms.
    spread : float, dict of str to float, or None
        Scale of the spread between levels, of all terms or by term; None is the model's own.
    settings : dict of str to int
        Draws, chains and seed, as far as they were given.
    save : str or None
        Where the fit is kept.
    given : tuple of str
        Options that were typed.
    """

    vary: tuple[str, ...]
    fixed: tuple[str, ...]
    spread: float | dict[str, float] | None
    settings: dict[str, int]
    save: str | None
    given: tuple[str, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """Covariates that the terms name, each once."""
        parts = [part.strip() for term in self.vary for part in term.split(":")]
        return tuple(dict.fromkeys([*parts, *self.fixed]))

    @property
    def prior(self) -> dict[str, Any]:
        """What of the prior was given, as the classes of priors take it."""
        return {} if self.spread is None else {"varying_sd": self.spread}

    def sampling(self, **defaults: Any) -> "Sampling":
        """Return how to sample.

        Parameters
        ----------
        **defaults : Any
            What the model wants otherwise than `Sampling`.

        Returns
        -------
        Sampling
            Checked.
        """
        from talentstats.bayes.sampling import Sampling

        return Sampling(**defaults, **self.settings)

    def keep(self, fit: "PosteriorFit") -> None:
        """Write the fit, if that was asked for, and say so on standard error.

        Parameters
        ----------
        fit : PosteriorFit
            The fit.
        """
        if self.save is not None:
            path = fit.save(self.save)
            click.echo(
                f"Saved the fit to {path}; {type(fit).__name__}.load({str(path)!r}) reads it.",
                err=True,
            )


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a model to a command.

    Parameters
    ----------
    command : Callable
        The command's function; it is given `model`, a `ModelOptions`.

    Returns
    -------
    Callable
        The function with its options.
    """

    @wraps(command)
    def read(**given: Any) -> Any:
        told = {word: given.pop(word) for word in _WORDS}
        save = told["save"]
        if save is not None:
            _check_place(save)
        numbers = {
            word: options.whole(told[word], name=word)
            for word in ("draws", "chains", "seed")
            if told[word] is not None
        }
        model = ModelOptions(
            vary=names(told["vary"]),
            fixed=names(told["fixed"]),
            spread=_spread(told["prior_sd"]),
            settings=numbers,
            save=save,
            given=tuple(f"--{word.replace('_', '-')}" for word in _WORDS if told[word]),
        )
        return command(model=model, **given)

    added = [
        click.option(
            "--vary",
            default=None,
            metavar="TERM[,TERM]",
            help="Terms that are pooled: covariates, or a:b for combinations.",
        ),
        click.option("--fixed", default=None, metavar="COL[,COL]", help="Terms that are not."),
        click.option(
            "--prior-sd",
            multiple=True,
            metavar="NUMBER|TERM=NUMBER",
            help="Scale of the half-normal prior of the spread between levels, on the logit "
            "(default 0.5); of all terms, or repeat by term.",
        ),
        click.option("--draws", default=None, help="Draws of each chain (default 1000)."),
        click.option("--chains", default=None, help="Chains (default 4)."),
        click.option("--seed", default=None, help="Seed (default 1)."),
        click.option("--save", default=None, metavar="FILE.zarr", help="Keep the draws."),
    ]
    decorated: Callable[..., Any] = read
    for option in reversed(added):
        decorated = option(decorated)
    return decorated


def names(text: str | None) -> tuple[str, ...]:
    """Return names with commas between them.

    Parameters
    ----------
    text : str or None
        What was typed.

    Returns
    -------
    tuple of str
        Each once.
    """
    return tuple(dict.fromkeys(word.strip() for word in (text or "").split(",") if word.strip()))


def _spread(words: Sequence[str]) -> float | dict[str, float] | None:
    """Read NUMBER, or TERM=NUMBER words."""
    if not words:
        return None
    if len(words) == 1 and "=" not in words[0]:
        return options.number(words[0], name="prior-sd", example="0.5")
    found = {}
    for word in words:
        term, sign, value = word.rpartition("=")
        if not sign or term.strip() in found:
            raise InputError(
                f"--prior-sd {word!r} does not go with the others; give one number, or "
                "TERM=NUMBER once a term."
            )
        found[term.strip()] = options.number(value, name=f"prior-sd of {term.strip()!r}")
    return found


def _check_place(save: str) -> None:
    """Refuse a place that could not be written before minutes are spent on sampling."""
    path = Path(save)
    if path.suffix != _KEPT:
        raise InputError(f"--save {save} does not end in .zarr; give for example fit.zarr.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--save {save}: there is no folder {path.parent}. Hint: make it first.")
