"""Any text as LaTeX that compiles: under pdflatex, or under xelatex where glyphs ask for it."""

import re
import unicodedata

# An opening bracket after a line break would be read as its argument and a star as its
# variant, so that both are braced. A quotation mark is a shorthand in some languages of babel.
_ASCII = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": r"\textbar{}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    '"': r"\symbol{34}",
    "`": r"\textasciigrave{}",
}
_PUNCTUATION = {
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
    "\u00a0": "~",
    "\u2007": "~",
    "\u2009": r"\,",
    "\u202f": r"\,",
    "\u200b": "",
    "\u200c": "{}",
    "\u2060": "",
    "\ufeff": "",
    "\u00ad": r"\-",
    "‑": "-",
    "‐": "-",
    "•": r"\textbullet{}",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "°": r"\textdegree{}",
    "€": r"\texteuro{}",
    "£": r"\pounds{}",
    "№": "No.",
}
_MATH = {
    "−": "-",
    "×": r"\times",
    "÷": r"\div",
    "±": r"\pm",
    "∓": r"\mp",
    "·": r"\cdot",
    "⋅": r"\cdot",
    "≤": r"\leq",
    "≥": r"\geq",
    "⩽": r"\leq",
    "⩾": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "≡": r"\equiv",
    "∼": r"\sim",
    "∝": r"\propto",
    "∞": r"\infty",
    "√": r"\surd",
    "∑": r"\sum",
    "∈": r"\in",
    "→": r"\rightarrow",
    "←": r"\leftarrow",
    "↔": r"\leftrightarrow",
    "↑": r"\uparrow",
    "↓": r"\downarrow",
    "⇒": r"\Rightarrow",
    "∆": r"\Delta",
    "µ": r"\mu",
    "ℓ": r"\ell",
    "′": r"'",
    "″": r"''",
    "✓": r"\surd",
}
# fmt: off
_GREEK = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "varsigma", "sigma", "tau", "upsilon",
    "phi", "chi", "psi", "omega",
]
# fmt: on
_LATIN_CAPITALS = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧ", "ABEZHIKMNOPTX", strict=True))


def _replacements() -> dict[int, str]:
    """Return what stands for every character that cannot stand for itself."""
    table = {**_ASCII, **_PUNCTUATION, **{c: f"${m}$" for c, m in _MATH.items()}}
    for offset, name in enumerate(_GREEK):
        small, capital = chr(0x3B1 + offset), chr(0x391 + offset)
        table[small] = "$o$" if name == "omicron" else f"$\\{name}$"
        if name != "varsigma":
            table[capital] = _LATIN_CAPITALS.get(capital, f"$\\{name.capitalize()}$")
    for digit in "0123456789":
        raised = "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)]
        table[raised] = rf"\textsuperscript{{{digit}}}"
        table["₀₁₂₃₄₅₆₇₈₉"[int(digit)]] = f"$_{{{digit}}}$"
    table |= {"⁺": "$^{+}$", "⁻": "$^{-}$", "ⁿ": r"\textsuperscript{n}"}
    return {ord(character): written for character, written in table.items()}


_TABLE = _replacements()
# Beyond Latin Extended-A, pdflatex knows no character that the table above does not replace.
_UNREPLACED = re.compile("[^\x00-\u017f]")
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def escape_latex(text: str) -> str:
    r"""Return text that LaTeX prints as it stands.

    Parameters
    ----------
    text : str
        One line of plain text.

    Returns
    -------
    str
        LaTeX source; it never begins with a bare bracket or star.

    Examples
    --------
    >>> print(escape_latex("50% & up, cohort_A [β ≤ −1]"))
    50\% \& up, cohort\_A {[}$\beta$ $\leq$ $-$1{]}
    """
    composed = unicodedata.normalize("NFC", text)
    # Two hyphens would become a dash; the joiner between them is printed as nothing.
    return re.sub("-(?=-)", "-\u200c", composed).translate(_TABLE)


def needs_xelatex(text: str) -> bool:
    """Return whether a character is left that pdflatex cannot print.

    Parameters
    ----------
    text : str
        Escaped text.

    Returns
    -------
    bool
        True for Chinese, Cyrillic and others.

    Examples
    --------
    >>> needs_xelatex(escape_latex("é ≤ β")), needs_xelatex(escape_latex("女性"))
    (False, True)
    """
    return bool(_UNREPLACED.search(text))


def has_cjk(text: str) -> bool:
    """Return whether the text has Chinese, Japanese or Korean characters.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        True if at least one is present.

    Examples
    --------
    >>> has_cjk("回国"), has_cjk("Köln")
    (True, False)
    """
    return bool(_CJK.search(text))


def replaced_characters() -> str:
    """Return every character that LaTeX source has to spell.

    Returns
    -------
    str
        The characters, each once.

    Examples
    --------
    >>> set("%−β") <= set(replaced_characters())
    True
    """
    return "".join(map(chr, _TABLE))
