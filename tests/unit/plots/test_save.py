import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from talentstats.errors import InputError, OutputError, UnknownNameError
from talentstats.plots.compatibility import plot_compatibility
from talentstats.plots.save import save_figure, svg_text
from talentstats.plots.specification import plot_specification_curve

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_same_figure_gives_the_same_bytes(tmp_path, kind, compatibility):
    first = save_figure(plot_compatibility(compatibility, width=3.4), tmp_path / f"a.{kind}")
    again = save_figure(plot_compatibility(compatibility, width=3.4), tmp_path / f"b.{kind}")
    assert first.read_bytes() == again.read_bytes()
    assert len(first.read_bytes()) > 2000


def test_bytes_do_not_hang_on_the_process(tmp_path):
    code = (
        "import sys, pandas as pd\n"
        "from talentstats.plots.forest import plot_forest\n"
        "from talentstats.plots.save import save_figure\n"
        "f = pd.DataFrame({'group': ['a', 'b'], 'estimate': [.5, .6], 'conf_low': [.4, .5],"
        " 'conf_high': [.6, .7]})\n"
        "for kind in ('svg', 'pdf'): save_figure(plot_forest(f), sys.argv[1] + '.' + kind)"
    )
    digests = set()
    for seed in ("1", "2"):
        target = str(tmp_path / seed)
        subprocess.run(
            [sys.executable, "-c", code, target],
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        )
        digests.add(
            tuple(
                hashlib.sha256((tmp_path / f"{seed}.{kind}").read_bytes()).hexdigest()
                for kind in ("svg", "pdf")
            )
        )
    assert len(digests) == 1


def test_svg_keeps_text_as_text(tmp_path, compatibility):
    content = save_figure(plot_compatibility(compatibility), tmp_path / "a.svg").read_text()
    assert "True stay rate" in content


def test_unknown_format_names_those_there_are(tmp_path, compatibility):
    with pytest.raises(UnknownNameError, match=r"'jpeg'.*pdf, svg, png"):
        save_figure(plot_compatibility(compatibility), tmp_path / "a.jpeg")


def test_folder_that_is_not_there(tmp_path, compatibility):
    with pytest.raises(OutputError, match=r"nowhere.*could not be written.*Hint"):
        save_figure(plot_compatibility(compatibility), tmp_path / "nowhere" / "a.svg")


def test_nothing_half_written_remains(tmp_path, compatibility):
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(OutputError):
        save_figure(plot_compatibility(compatibility), tmp_path / "a.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


def test_an_old_file_is_replaced(tmp_path, compatibility):
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    save_figure(plot_compatibility(compatibility, width=3.4), target)
    assert target.read_bytes().startswith(b"\x89PNG")


def test_saving_takes_the_axes_of_a_pair(tmp_path, specifications):
    panels = plot_specification_curve(specifications)
    whole = save_figure(panels, tmp_path / "a.png").read_bytes()
    assert save_figure(panels.lower, tmp_path / "b.png").read_bytes() == whole


def test_inline_svg_is_named_and_scales(compatibility):
    text = svg_text(plot_compatibility(compatibility), "87 & more", "Which <rates> fit.")
    root = ET.fromstring(text)
    assert root.tag == f"{_SVG}svg"
    assert not text.startswith("<?xml")
    assert "<!DOCTYPE" not in text
    assert root.get("role") == "img"
    assert root.get("width") == "100%"
    assert root.get("height") is None
    assert root.get("viewBox").startswith("0 0 ")
    named = [root.find(f"{_SVG}title"), root.find(f"{_SVG}desc")]
    assert [element.text for element in named] == ["87 & more", "Which <rates> fit."]
    assert root.get("aria-labelledby").split() == [element.get("id") for element in named]


def _ids(text):
    return re.findall(r'\bid="([^"]+)"', text)


def test_figures_on_one_page_share_no_id(compatibility, specifications):
    one = svg_text(plot_compatibility(compatibility), "One", "First.")
    two = svg_text(plot_specification_curve(specifications), "Two", "Second.")
    assert len(set(_ids(one))) == len(_ids(one))
    assert not set(_ids(one)) & set(_ids(two))


def test_every_reference_inside_an_inline_svg_resolves(specifications):
    text = svg_text(plot_specification_curve(specifications), "Two", "Second.")
    used = re.findall(r'href="#([^"]+)"', text) + re.findall(r"url\(#([^)]+)\)", text)
    assert used
    assert set(used) <= set(_ids(text))


def test_style_of_an_inline_svg_stays_inside_it(compatibility):
    text = svg_text(plot_compatibility(compatibility), "One", "First.")
    rules = re.findall(r"([^{}>]+)\{[^}]*\}", re.search(r"<style.*?</style>", text, re.DOTALL)[0])
    own = ET.fromstring(text).get("id")
    assert rules == [f"#{own} *"]


def test_inline_svg_is_stable(compatibility):
    one, two = (svg_text(plot_compatibility(compatibility), "One", "First.") for _ in range(2))
    assert one == two


@pytest.mark.parametrize(("title", "description"), [("", "words"), ("words", "  ")])
def test_inline_svg_needs_words(compatibility, title, description):
    with pytest.raises(InputError, match="is empty"):
        svg_text(plot_compatibility(compatibility), title, description)
