"""Formulas: the same columns as formulaic and R, and text that can never run."""

import builtins
import copy
import os
import pickle
import subprocess

import formulaic
import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.survival.formula import check_columns, design

N = 60
ROW = np.arange(N)
DATA = {
    "sector": np.array(["academia", "industry", "government"])[ROW * 7 % 3],
    "stage": np.array(["early", "late"])[ROW // 3 % 2],
    "period": np.array([2013, 2018, 2021])[ROW // 6 % 3],
    "age": 25.0 + (ROW * 17 % 23),
    "gpa": np.exp(np.sin(ROW)),
    "late entry": ROW % 5,
    "abroad": ROW // 5 % 2 == 1,
}

GOOD = [
    "sector",
    "~ sector + age",
    "sector * stage",
    "sector:stage",
    "sector:stage + stage",
    "age:sector",
    "age + age:sector:stage",
    "sector / age",
    "(sector + stage) / age",
    "(sector + stage + age)**2",
    "sector * stage * age - sector:stage:age",
    "C(period) * sector",
    "C(sector, contr.treatment(base='industry')) + gpa",
    "C(sector, contr.treatment('industry')):stage",
    "log(age) + exp(gpa) + center(age):stage",
    "scale(gpa) * sector",
    "poly(age, 2) + stage",
    "bs(age, df=5)",
    "bs(gpa, 4, degree=2) + sector",
    "abroad * sector",
    "`late entry` + age",
    "1 + age",
    "age + age",
    "stage:sector:C(abroad) + sector:C(abroad)",
]


def span(matrix):
    """Projector on the columns and a constant."""
    q, _ = np.linalg.qr(np.column_stack([np.ones(len(matrix)), matrix]))
    return q @ q.T


@pytest.mark.parametrize("formula", GOOD)
def test_columns_are_those_of_formulaic(formula):
    import pandas as pd

    made = design(formula, DATA)
    theirs = formulaic.model_matrix("~ " + formula.lstrip("~ "), pd.DataFrame(DATA))
    theirs = np.asarray(theirs, dtype=float)[:, 1:]
    assert made.matrix.shape == theirs.shape
    assert span(made.matrix) == pytest.approx(span(theirs), abs=1e-9)
    mine = np.array(sorted(map(tuple, np.round(made.matrix.T, 9))))
    assert mine == pytest.approx(np.array(sorted(map(tuple, np.round(theirs.T, 9)))), abs=1e-8)
    check_columns(made)


@pytest.mark.parametrize("formula", GOOD)
def test_rows_code_alike_and_survive_copies(formula):
    made = design(formula, DATA)
    some = [3, 11, 4]
    rows = {name: values[some] for name, values in DATA.items()}
    for one in (made, copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert one.rows(rows) == pytest.approx(made.matrix[some], abs=1e-12)
        assert not made.matrix.flags.writeable


def test_splines_are_those_of_r():
    # R 4.2.2: splines::ns(x, 3)[5, ], ns(x, knots=c(3,6), Boundary.knots=c(0,13))[7, ],
    # bs(x, 5)[8, ], poly(x, 3)[1, ], predict(ns(x, 3), 14)
    data = {"x": [1, 2, 2, 3, 5, 8, 9, 9.5, 12]}
    free = design("ns(x, 3)", data)
    assert free.matrix[4] == pytest.approx([0.1704973625471, 0.506792331479, -0.3453742832341])
    assert free.rows({"x": 14})[0] == pytest.approx(
        [-0.624072547403, 0.57625721352, 1.047815333883]
    )
    fixed = design("cr(x, knots=[3, 6], lower_bound=0, upper_bound=13)", data)
    assert fixed.matrix[6] == pytest.approx([0.43877062874, 0.3472870288, 0.143612672139])
    cubic = design("bs(x, 5)", data)
    assert cubic.matrix[7] == pytest.approx(
        [0, 0.0415067886659, 0.33294374051273, 0.593336848733, 0.03221262208866]
    )
    powers = design("poly(x, 3)", data)
    assert powers.matrix[0] == pytest.approx([-0.4181159464048, 0.414502095629, -0.5088169802248])


def test_names_are_for_people():
    made = design("sector * C(period) + age:stage", DATA)
    assert made.names[:4] == (
        "sector: government",
        "sector: industry",
        "period: 2018",
        "period: 2021",
    )
    assert made.names[4] == "sector: government x period: 2018"
    assert made.names[-2:] == ("age x stage: early", "age x stage: late")
    assert made.variables == ("sector", "period", "age", "stage")
    first, second = made.columns[:2]
    assert (first.name, first.index, first.reference) == ("sector: academia", None, True)
    assert (second.variable, second.level, second.index) == ("sector", "government", 0)
    crossed = made.columns[-3]
    assert (crossed.variable, crossed.level) == ("sector x period", "industry x 2021")
    assert design("~ 1", DATA).matrix.shape == (N, 0)
    assert design("poly(age, 2)", DATA).names == ("poly(age, 2): 1", "poly(age, 2): 2")


def test_levels_in_a_given_order_and_base():
    made = design("stage", DATA, levels={"stage": ["late", "middle", "early"]})
    assert made.names == ("stage: early",)
    assert made.matrix[:, 0].tolist() == (DATA["stage"] == "early").tolist()
    base = design("C(period, contr.treatment(base=2018))", DATA)
    assert base.names == ("period: 2013", "period: 2021")
    assert base.columns[0].name == "period: 2018"
    with pytest.raises(UnknownNameError, match="level of stage 'late'"):
        design("stage", DATA, levels={"stage": ["early"]})
    with pytest.raises(UnknownNameError, match=r"'industri'.*Nearest: industry"):
        design("C(sector, contr.treatment(base='industri'))", DATA)


def test_weights_stand_for_repeated_rows():
    weight = 1 + ROW % 3
    repeated = {name: np.repeat(values, weight) for name, values in DATA.items()}
    text = "ns(age, 4) + bs(gpa, 4) + poly(age, 2) + center(gpa) + scale(`late entry`)"
    short, long = design(text, DATA, weight=weight), design(text, repeated)
    assert np.repeat(short.matrix, weight, axis=0) == pytest.approx(long.matrix, abs=1e-12)


def test_a_mixture_of_types():
    made = design("x + y", {"x": np.array([1, 2.5, 3], object), "y": ["a", "b", "a"]})
    assert made.names == ("x", "y: b")
    assert made.matrix.tolist() == [[1, 0], [2.5, 1], [3, 0]]


HOSTILE = [
    "I(__import__('os').system('touch {flag}'))",
    "{{__import__('os').system('touch {flag}')}}",
    "{{open('{flag}', 'w')}}",
    "__import__('os').system('touch {flag}')",
    "age + __import__('os').system('touch {flag}')",
    "C(__import__('os').system('touch {flag}'))",
    "C(age, contr.treatment(base=__import__('os')))",
    "C(age, open('{flag}', 'w'))",
    "C(sector, contr.treatment(base='industry'), open('{flag}', 'w'))",
    "log(open('{flag}', 'w'))",
    "log(age, open('{flag}','w'))",
    'poly(age, exec(\'open("{flag}","w")\'))',
    "bs(age, df=eval('1'))",
    "bs(age, df=(lambda: open('{flag}', 'w'))())",
    "lambda: 0",
    "age.__class__",
    "age.__class__.__mro__",
    "(age).__class__",
    "age.values",
    "np.log(age)",
    "np.ctypeslib",
    "eval('1')",
    "exec('1')",
    "open('{flag}', 'w')",
    "print(age)",
    "Q('age')",
    "hashed(sector)",
    "lag(age)",
    "age[0]",
    "[x for x in (1, 2)]",
    "`__import__('os')`",
    "`age`.__class__",
    "'age'",
    "f'{{age}}'",
    "age if True else 1",
    "age := 1",
    "age = 1",
    "age; age",
    "age @ age",
    "age % age",
    "age | sector",
    "age & sector",
    "age == 1",
    "age < 2",
    "!age",
    "age\\nimport os",
    "age ~ sector",
    "~ age ~ sector",
    "age + 0",
    "age - 1",
    "0 + age",
    "2 * age",
    "age * 2",
    "age + 7",
    "1:age",
    "age**50",
    "age**sector",
    "age^9",
    "age^(2)",
    "age +",
    "* age",
    "(age",
    "age)",
    "()",
    "age sector",
    "age(sector)",
    "age()",
    "log",
    "log()",
    "C",
    "log(log(age)",
    "poly(age, 2, 2)",
    "poly(age, power=2)",
    "poly(age, 2.5)",
    "poly(age, 99)",
    "poly(poly(age, 2), 2)",
    "scale(C(period))",
    "bs(age, df=1)",
    "bs(age, df=1e400)",
    "bs(age, 3, 3)",
    "bs(age, df=4, df=4)",
    "ns(age, df=3, knots=[30])",
    "ns(age, knots=[90])",
    "ns(age, knots=[40, 30])",
    "ns(abroad, df=3)",
    "log(sector)",
    "log(`late entry`)",
    "",
    "~",
    "   ",
    "~~age",
    "\x00",
    "age\u200b",
    "+".join(["age"] * 2000),
    "(" * 60 + "age" + ")" * 60,
    "(sector + stage + age + gpa + abroad)**4 * period",
    "sector*stage*age*gpa*abroad",
    None,
    3,
    ["age"],
    b"age",
]


@pytest.mark.parametrize("formula", HOSTILE)
def test_nothing_hostile_runs(formula, tmp_path, monkeypatch):
    flag = tmp_path / "ran"
    ran = []
    for module, name in [
        (os, "system"),
        (os, "popen"),
        (subprocess, "Popen"),
        (builtins, "eval"),
        (builtins, "exec"),
        (builtins, "compile"),
        (builtins, "open"),
        (builtins, "print"),
    ]:
        monkeypatch.setattr(module, name, lambda *_a, name=name, **_k: ran.append(name))
    text = formula.replace("{flag}", str(flag)) if isinstance(formula, str) else formula
    try:
        design(text, DATA)
    except InputError as error:
        message = str(error)
    else:
        message = ""
    monkeypatch.undo()
    assert not ran
    assert not flag.exists()
    assert message, "it was let through"
    assert len(message) < 700


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("sectr", r"Unknown variable 'sectr' in formula\. Nearest: sector"),
        ("age.__class__", "attributes are not allowed"),
        ("lambda x: x", "'lambda' is not a variable"),
        ("np.log(age)", r"the function 'np\.log' is not allowed.*Python is never run"),
        ("y ~ age", "left side"),
        ("age - 1", "intercept cannot be taken out"),
        ("age**9", "a power is a whole number from 1 to 4"),
        ("sector*stage*age*gpa*abroad", "more than 4 factors"),
        ("age @ gpa", "'@' is not allowed"),
        ("(age", r"'\)' is missing at the end"),
        ("sector + C(sector, contr.treatment('industry'))", "twice, coded in two ways"),
        ("events", "part of the outcome"),
        ("log(sector)", "sector is text, and this needs numbers"),
        ("log(`late entry`)", r"log\(late entry\) is not a finite number in 12 rows \(0, 5, 10"),
        ("name", "has 501 levels"),
        ("only", r"only has one level only \('x'\)"),
        ("hole", r"hole is missing in 1 row \(2\)"),
        ("gap", r"gap=nan in 1 row \(1\)"),
        ("when", "when is not a column of numbers"),
    ],
)
def test_messages_say_what_and_where(formula, message):
    n = 501 if formula == "name" else N
    extra = {
        "events": ROW,
        "name": np.array([f"n{i}" for i in range(n)]),
        "only": np.full(N, "x"),
        "hole": np.array(["a", "b", None, *["a"] * (N - 3)], object),
        "gap": np.where(ROW == 1, np.nan, 1.0),
        "when": np.full(N, np.datetime64("2020-01-01")),
    }
    with pytest.raises(InputError, match=message):
        design(formula, DATA | extra, reserved=("events",))


def test_rows_to_come_are_checked():
    made = design("sector + ns(age, 2) + bs(gpa, 4)", DATA)
    row = {"sector": "industry", "age": 200, "gpa": 1.0}
    assert made.rows(row).shape == (1, 7 + 1)
    with pytest.raises(UnknownNameError, match=r"Unknown level of sector 'industri'.*industry"):
        made.rows(row | {"sector": "industri"})
    with pytest.raises(UnknownNameError, match="'age' is not given; the formula needs sector, age"):
        made.rows({"sector": "industry"})
    with pytest.raises(InputError, match=r"bs\(gpa, 4\): 99 in 1 row \(0\) is outside the range"):
        made.rows(row | {"gpa": 99})
    with pytest.raises(InputError, match="age has 2, gpa has 3 rows"):
        made.rows({"sector": "industry", "age": [1, 2], "gpa": [1, 1, 1]})
    with pytest.raises(InputError, match="age is not a column of numbers"):
        made.rows(row | {"age": ["old"]})
    with pytest.raises(InputError, match="age=nan"):
        made.rows(row | {"age": np.nan})


def test_years_come_as_text_or_numbers():
    made = design("C(period)", DATA)
    for value in (2018, 2018.0, "2018", np.int16(2018)):
        assert made.rows({"period": value}).tolist() == [[1.0, 0.0]]
    assert design("abroad", DATA).rows({"abroad": [True, False]}).tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("flat", r"'flat' is constant \(3\)"),
        ("age + months", "'months' is a combination of 'age' and the baseline"),
        ("sector + west", "'west: True' is a combination of 'sector: industry'"),
        ("age + gpa + blend", "'blend' is a combination of 'age', 'gpa' and the baseline"),
        ("stage + gap", "level 'none' of gap has no exposure"),
        ("base", "level 'a' of base has no exposure"),
        ("step2", "'step2' is a combination of the baseline"),
    ],
)
def test_columns_that_cannot_be_told_apart(formula, message):
    weight = (ROW % 10 != 3).astype(float)
    extra = {
        "flat": np.full(N, 3.0),
        "months": DATA["age"] * 12 - 7,
        "west": DATA["sector"] == "industry",
        "blend": DATA["age"] - 2 * DATA["gpa"] + 1,
        "gap": np.where(ROW % 10 == 3, "none", np.where(ROW % 2 == 0, "a", "b")),
        "base": np.where(ROW % 10 == 3, "a", np.where(ROW % 2 == 0, "b", "c")),
        "step2": (ROW % 4 == 2).astype(float),
    }
    steps = (ROW[:, None] % 4 == np.arange(4)).astype(float)
    made = design(formula, DATA | extra)
    with pytest.raises(InputError, match=message):
        check_columns(made, weight=weight, absorbed=steps)
    check_columns(design("sector * abroad + gpa", DATA), weight=weight, absorbed=steps)


def test_far_from_zero_is_not_collinear():
    clock = {"start": 1.7e9 + ROW, "curve": (1.7e9 + ROW) ** 2}
    check_columns(design("start", clock))
    with pytest.raises(InputError, match="no row has any exposure"):
        check_columns(design("start", clock), weight=np.zeros(N))


def test_a_million_rows():
    i = np.arange(1_000_000)
    big = {name: values[i % N] for name, values in DATA.items()}
    made = design("sector * stage + C(period)", big)
    assert made.matrix.shape == (1_000_000, 7)


def test_two_levels_that_nobody_has_at_once_are_named_with_what_to_do():
    columns = {"sector": ["a", "a", "b", "b"], "stage": ["x", "y", "x", "x"]}
    said = r"'sector: b x stage: y' is constant \(0\).*nobody is both"
    with pytest.raises(InputError, match=said):
        check_columns(design("~ sector * stage", columns))
