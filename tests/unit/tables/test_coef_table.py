import math
from typing import Any

import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.retention.estimate import retention
from talentstats.summaries.counts import RetentionCounts
from talentstats.tables.coef_table import coef_table
from talentstats.tables.grid import Raw, plain
from talentstats.tables.table import Table


def _cells(table: Table, stub: str) -> list[list[str]]:
    """Return the printed lines of a term, stars included."""
    frame = table.to_frame()
    lines = frame[frame.iloc[:, 0] == stub]
    first = 2 if "measure" in frame.columns else 1
    return lines.iloc[:, first:].to_numpy().tolist()


def _notes(table: Table) -> str:
    return "\n".join(plain(note) for note in table.notes)


def test_mnlogit_has_a_column_group_for_its_outcomes(mnlogit: Any, logit: Any) -> None:
    table = coef_table(mnlogit, logit, labels={"US": "United States"}, digits=4)
    top, bottom = table.header
    assert [(plain(c.text), c.span) for c in top] == [("(1)", 2), ("(2)", 1)]
    assert [plain(c.text) for c in bottom] == ["United States", "other", ""]
    assert _cells(table, "woman")[0] == ["1.0986", "1.7918", ""]
    assert _cells(table, "N")[0] == ["200", "", "120"]
    assert "(1): The base outcome is CN." in _notes(table)


def test_exponentiated_cells_follow_the_delta_rule_by_hand(mnlogit: Any) -> None:
    table = coef_table(
        mnlogit, exponentiate=True, below=["std_error", "interval"], digits=3, order=["woman"]
    )
    # The relative-risk ratio of "other" is (15/10) / (5/20) = 6; the standard error of its
    # log is sqrt(1/5 + 1/20 + 1/15 + 1/10) = 0.645497, times 6 is 3.873; limits
    # 6 exp(-+1.959964 x 0.645497) are 1.693 and 21.262.
    estimate, error, interval = _cells(table, "woman")
    assert estimate == ["3.000", "6.000"]
    assert error[1] == "(3.873)"
    assert interval[1] == "[1.693, 21.262]"
    notes = _notes(table)
    assert "Estimand: relative-risk ratio (Multinomial logit)." in notes
    assert "exponentials of the limits; standard errors by the delta method" in notes


def test_exponentiated_cox_is_what_lifelines_prints(cox: Any) -> None:
    table = coef_table(cox, exponentiate=True, below="interval", level=None, digits=6)
    for name, row in cox.summary.iterrows():
        (estimate,), (interval,) = _cells(table, str(name))
        assert float(estimate) == pytest.approx(row["exp(coef)"], abs=6e-7)
        low, high = (float(limit) for limit in interval.strip("[]").split(", "))
        assert low == pytest.approx(row["exp(coef) lower 90%"], abs=6e-7)
        assert high == pytest.approx(row["exp(coef) upper 90%"], abs=6e-7)
    assert "90% Wald confidence intervals" in _notes(table)


def test_thresholds_and_ancillary_parameters_stand_apart(ordered: Any, aft: Any) -> None:
    table = coef_table(ordered, aft, exponentiate=[False, True], digits=3)
    kinds = [(row.kind, plain(row.stub)) for row in table.rows if row.kind == "panel"]
    assert kinds == [("panel", "Thresholds"), ("panel", "Parameter rho_")]
    assert _cells(table, "b/c")[0] == ["1.386", ""]
    # Two rows are called Intercept: the coefficient, exponentiated, and the one of rho, not.
    main, _, rho, _ = (line[1] for line in _cells(table, "Intercept"))
    params = aft.summary["coef"]
    assert float(main) == pytest.approx(math.exp(params["lambda_", "Intercept"]), abs=6e-4)
    assert float(rho.replace("−", "-")) == pytest.approx(params["rho_", "Intercept"], abs=6e-4)
    assert "thresholds and ancillary parameters not exponentiated" in _notes(table)


def test_different_estimands_are_said(cox: Any, logit: Any) -> None:
    notes = _notes(coef_table(cox, logit, exponentiate=True))
    assert "hazard ratio (Cox) in (1); odds ratio (Logit) in (2)." in notes
    assert "cannot be compared in size" in notes
    assert "cannot be compared" not in _notes(coef_table(cox, cox))
    assert "robust (sandwich) in (1); cluster-robust in (2)" in notes


def test_different_levels_are_said(cox: Any, aft: Any) -> None:
    notes = _notes(coef_table(cox, aft, below="interval", level=None))
    assert "90% Wald confidence intervals in (1); 95% Wald confidence intervals in (2)" in notes


def test_stars_come_from_unrounded_p_values(tidy: pd.DataFrame) -> None:
    frame = pd.concat([tidy, tidy]).assign(
        term=list("abcd"), p_value=[0.0499999, 0.05, 0.0099999, math.nan], estimate=1.0
    )
    table = coef_table(frame, stars={"*": 0.05, "**": 0.01}, below=())
    assert [_cells(table, name)[0][0] for name in "abcd"] == ["1.000*", "1.000", "1.000**", "1.000"]
    assert "* p < 0.05, ** p < 0.01." in _notes(table)
    plainly = coef_table(frame, below=())
    assert "*" not in plainly.to_text()


def test_p_values_are_exact_and_never_zero(tidy: pd.DataFrame) -> None:
    table = coef_table(tidy.assign(p_value=[1e-300, 0.0124]), below="p_value")
    assert _cells(table, "female")[1] == ["p < 0.001"]
    assert _cells(table, "age")[1] == ["p = 0.012"]
    assert "0.000" not in table.to_text()


def test_missing_values_leave_no_brackets(tidy: pd.DataFrame) -> None:
    bare = tidy[["term", "estimate"]]
    table = coef_table(bare, tidy, below=["std_error", "interval", "p_value", "statistic"])
    lines = _cells(table, "female")
    assert [line[0] for line in lines] == ["0.500", "", "", "", ""]
    assert [line[1] for line in lines] == [
        "0.500",
        "(0.200)",
        "[0.108, 0.892]",
        "p = 0.012",
        "{2.50}",
    ]
    assert len(_cells(coef_table(bare), "female")) == 1
    assert coef_table(bare).notes == ()


def test_our_own_result_is_a_column() -> None:
    # Wilson interval of 87 of 100 as R's prop.test(87, 100, correct = FALSE) prints it.
    result = retention(RetentionCounts(87, 100))
    table = coef_table(result, below="interval", labels={"retention": "Stay rate"}, digits=6)
    assert _cells(table, "Stay rate") == [["0.870000"], ["[0.790196, 0.922428]"]]
    assert "95% Wilson intervals" in _notes(table)
    ninety = coef_table(result, below="interval", level=0.9, digits=3)
    assert "90% Wilson intervals" in _notes(ninety)


def test_many_kinds_of_intervals_are_named_in_their_rows() -> None:
    frame = pd.DataFrame(
        {
            "term": "retention",
            "estimate": 0.87,
            "conf_low": [0.790, 0.788],
            "conf_high": [0.922, 0.929],
            "conf_level": 0.95,
            "interval": ["wilson", "clopper-pearson"],
        }
    )
    table = coef_table(frame, below="interval")
    assert _cells(table, "retention, clopper-pearson")[1] == ["[0.788, 0.929]"]
    assert _notes(table) == "In brackets: 95% intervals of the kind named in each row."
    two = frame.assign(term=["a", "b"])
    assert "95% Wilson intervals and 95% Clopper-Pearson intervals" in _notes(
        coef_table(two, below="interval")
    )


def test_rounding_by_uncertainty(tidy: pd.DataFrame) -> None:
    frame = tidy.assign(estimate=[0.123456, 1234.5], std_error=[0.0123, 67.8])
    table = coef_table(frame, rounding="uncertainty", digits=2)
    assert _cells(table, "female") == [["0.123"], ["(0.012)"]]
    assert _cells(table, "age") == [["1234"], ["(68)"]]


def test_order_omit_labels_and_reference_rows(logit: Any, tidy: pd.DataFrame) -> None:
    table = coef_table(
        logit,
        tidy,
        order=["age", "female"],
        omit=["Intercept"],
        labels={"female": Raw("Woman", latex=r"\emph{Woman}"), "n": "People"},
        reference_rows={"female": "Man"},
        below=(),
    )
    assert [plain(row.stub) for row in table.rows] == ["age", "Man", "Woman", "People"]
    assert _cells(table, "Man")[0] == ["ref.", "ref."]
    assert r"\emph{Woman} & " in table.to_latex()
    assert "ref.: reference category." in _notes(table)


def test_terms_with_one_label_share_a_row(mnlogit: Any, logit: Any, tidy: pd.DataFrame) -> None:
    labels = {"const": "Constant", "Intercept": "Constant"}
    lines = _cells(coef_table(mnlogit, logit, labels=labels, below=()), "Constant")
    assert len(lines) == 1
    assert all(lines[0])
    with pytest.raises(InputError, match="has both female and age"):
        coef_table(tidy, labels={"female": "x", "age": "x"})


@pytest.mark.parametrize("argument", ["order", "omit"])
def test_unknown_terms_name_the_fits_and_the_nearest(
    argument: str, logit: Any, tidy: pd.DataFrame
) -> None:
    with pytest.raises(
        UnknownNameError, match=rf"'femal' in {argument}: \(1\) Logit, \(2\) lack it. Nearest: fem"
    ):
        coef_table(logit, tidy, **{argument: ["femal"]})


def test_unknown_labels_references_and_statistics_are_refused(logit: Any, cox: Any) -> None:
    with pytest.raises(UnknownNameError, match="'agee' in labels"):
        coef_table(logit, labels={"agee": "Age"})
    with pytest.raises(UnknownNameError, match="'agee' in reference_rows"):
        coef_table(logit, reference_rows={"agee": "Age"})
    with pytest.raises(UnknownNameError, match=r"'auc': no fit has it. \(1\) Logit has n, log_"):
        coef_table(logit, cox, statistics=["auc"])


def test_statistics_are_each_fits_own(logit: Any, cox: Any) -> None:
    table = coef_table(logit, cox, statistics=["bic", "events", "n"])
    assert [plain(row.stub) for row in table.rows[-3:]] == ["BIC", "Events", "N"]
    assert _cells(table, "Events")[0] == ["", str(int(cox.event_observed.sum()))]
    assert _cells(table, "BIC")[0] == [f"{logit.bic:.1f}", ""]
    assert all(row.kind != "statistic" for row in coef_table(logit, statistics=()).rows)


def test_spanners_count_fits(mnlogit: Any, logit: Any) -> None:
    table = coef_table(mnlogit, logit, spanners=[("A", 1), ("", 1)], column_labels=["x", "y"])
    assert [(plain(c.text), c.span) for c in table.header[0]] == [("A", 2), ("", 1)]
    with pytest.raises(InputError, match="spanners cover 3 fits; the table has 2"):
        coef_table(mnlogit, logit, spanners=[("A", 3)])
    with pytest.raises(InputError, match="does not name 2 fits"):
        coef_table(mnlogit, logit, column_labels=["x"])


def test_own_notes_stand_where_they_are_put(tidy: pd.DataFrame) -> None:
    automatic = coef_table(tidy).notes
    assert coef_table(tidy, notes=["First.", "auto", "Last."]).notes == (
        "First.",
        *automatic,
        "Last.",
    )
    assert coef_table(tidy, notes="Only this.").notes == ("Only this.",)
    assert coef_table(tidy, notes=()).notes == ()


def test_exponentials_without_meaning_are_refused(people: pd.DataFrame, tidy: pd.DataFrame) -> None:
    import statsmodels.formula.api as smf

    probit = smf.probit("stayed ~ female", people).fit(disp=0)
    with pytest.raises(InputError, match=r"no meaning for \(1\) \(Probit, probit coefficient\)"):
        coef_table(probit, exponentiate=True)
    with pytest.raises(InputError, match="odds ratio"):
        coef_table(tidy.assign(estimand="odds ratio"), exponentiate=True)
    with pytest.raises(InputError, match="highest-density"):
        coef_table(tidy.assign(interval="hdi"), exponentiate=True)
    with pytest.raises(InputError, match="does not fit 1 fits"):
        coef_table(tidy, exponentiate=[True, False])


def test_bad_options_are_refused(tidy: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="no fit"):
        coef_table()
    with pytest.raises(UnknownNameError, match="Unknown below 'se'"):
        coef_table(tidy, below="se")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="Unknown rounding"):
        coef_table(tidy, rounding="sig")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"stars\['\*'\]=5"):
        coef_table(tidy, stars={"*": 5})
    with pytest.raises(InputError, match="digits=-1"):
        coef_table(tidy, digits=-1)


def test_fits_and_frames_are_left_as_they_were(cox: Any, tidy: pd.DataFrame) -> None:
    before, frame = cox.summary.copy(), tidy.copy()
    coef_table(cox, tidy, exponentiate=True, level=None)
    pd.testing.assert_frame_equal(cox.summary, before)
    pd.testing.assert_frame_equal(tidy, frame)


def test_huge_coefficients_do_not_warn(tidy: pd.DataFrame) -> None:
    table = coef_table(tidy.assign(estimate=[800.0, -800.0]), exponentiate=True, below=())
    assert [_cells(table, name)[0] for name in ("female", "age")] == [["∞"], ["0.000"]]
