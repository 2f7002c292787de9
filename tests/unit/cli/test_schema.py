"""What `--format json` prints is what docs/schema/talentstats-1.json describes, and no less."""

import contextlib
import copy
import io
import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from talentstats.cli.main import main
from talentstats.cli.output import SCHEMA_VERSION

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "schema" / "talentstats-1.json").read_text("utf-8")
)

FILES = {
    "wide.csv": "lower,upper\n0,2\n1,4\n0,3\n2,\n3,\n",
    "weighted.csv": "lower,upper,weight\n0,2,1.5\n1,4,1\n0,3,2\n2,,1\n3,,1\n",
    "aggregates.csv": (
        "sector,China,other,exposure\nindustry,12,3,400.5\nacademia,30,6,520\ntraining,,1,80\n"
    ),
    "table.csv": (
        "sector,stage,US,China,other,lost\nindustry,early,41,4,1,2\nindustry,late,20,1,0,0\n"
        "academia,early,40,8,2,5\nacademia,late,25,1,1,0\n"
    ),
    "population.csv": (
        "sector,stage,count\nindustry,early,40\nindustry,late,10\nacademia,early,30\n"
        "academia,late,15\nelsewhere,late,2\n"
    ),
    "life.csv": (
        "start,stop,sector,China,exposure,at_risk\n0,1,a,3,98.5,100\n0,1,b,1,49.5,50\n"
        "1,2,a,2,90,91\n1,2,b,2,44,45\n"
    ),
}

COMMANDS = [
    "retention 87 100",
    "retention 87 100 --method all --level 0.9 --unknown 7",
    "retention 0 30 --method all",
    "retention 30 30 --method all --benchmark 0.90",
    "retention 0 30 --benchmark 0.90 --alternative 0.8",
    "retention 1 1 --benchmark 0.98 --margin 0.3",
    "retention 87 100 --benchmark 0.90 --unknown 12 --method wald",
    "retention 87 100 --benchmark 0.90@5 --benchmark sei2024-china-10yr --horizon 6",
    "retention 87% 412 --benchmark sei2020-china-5yr --benchmark 0.82 --margin 0.1",
    "retention 87 100 --benchmark gaule2014 --benchmark lsdr-temp-visa-4yr",
    "retention 87 100 --benchmark lsdr-temp-visa-4yr --horizon 6",
    "retention 87 100 --benchmark cset2022-china --benchmark macropolo2019-us-grad",
    "retention 90 100 --benchmark 0.90 --alternative 0.9001",
    "retention 2000000 2000000 --benchmark 0.02",
    "compare 87 100 90 100",
    "compare 87% 412 90 100 --level 0.9",
    "compare 5 5 0 7",
    "compare 0 5 0 7",
    "compare 7 7 5 5",
    "compare 900 1000 9100 10000 --margin 0.02",
    "destinations US=87 CN=10 other=3",
    "destinations US=87 CN=10 other=3 --unknown 5 --share US=0.9 --share CN=0.07"
    " --share other=0.03",
    "destinations --from table.csv --destinations US,China,other --unknown lost",
    "destinations --from people.csv --horizon 6 --host US",
    "destinations --from table.csv --unknown lost --vary sector,stage --population population.csv"
    " --draws 100",
    "destinations --from people.csv --horizon 6 --host US --vary sector --fixed arrival"
    " --draws 100",
    "survival bayes people.csv --vary sector --horizon 6 --draws 100",
    "survival bayes life.csv --vary sector --events China --at-risk at_risk --draws 100",
    "evidence 87 100 --benchmarks sei2020-china-10yr,sei2024-china-10yr --horizon 6 --robust 0.2",
    "evidence 87 100 --benchmarks sei2020-china-10yr,sei2024-china-10yr --horizon 6 --tau 20",
    "evidence 3 50 --benchmarks pilot=43/50 --horizon 6 --level 0.9",
    "destinations US=30 CN=0 --method sison-glaz --prior uniform",
    "destinations US=9000 CN=500 JP=0 other=500 --share US=0.9 --share CN=0.05"
    " --share JP=0.01 --share other=0.04",
    "specification 87 100 --horizon 6",
    "specification 87 100 --unknown 0 --unknown 12 --design-effect 1 --design-effect 1.5"
    " --test central --test minlike --test mid_p --test score --test likelihood --horizon 6"
    " --benchmark 0.90@5 --benchmark sei2020-china-10yr",
    "specification 87 100 --benchmark cset2019-ai-5yr",
    "survival curve people.csv",
    "survival curve people.csv --by sector --horizon 6 --level 0.9",
    "survival curve wide.csv",
    "survival curve weighted.csv",
    "survival incidence people.csv --horizon 8",
    "survival hazards people.csv --by sector,stage",
    "survival hazards aggregates.csv --events China,other --by sector",
    'survival regress people.csv --formula "~ arrival" --penalty none',
    'survival regress people.csv --formula "~ sector" --duration linear',
    'survival regress people.csv --formula "~ sector" --destinations cause-specific'
    " --duration constant --penalty firth",
    'survival regress aggregates.csv --events China --formula "~ sector" --duration constant',
    "survival reference people.csv --benchmark 0.9@5 --benchmark sei2020-china-10yr",
    "power 100 --benchmark 0.90",
    "power 5 --benchmark 0.5 --test minlike",
    "power 100 --benchmark 0.90 --alternative 0.9001",
    "power 100 --benchmark sei2020-china-10yr --horizon 6",
    "benchmarks",
    "benchmarks sei2024-china-10yr",
    "benchmarks --origin China",
    "published",
    *(
        f"published {table}"
        for table in ("stay_rates", "intentions", "carnegie_2025", "location_changes", "sources")
    ),
]


def no_constant(name: str) -> None:
    raise AssertionError(f"{name} in JSON")


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory, from_the_prior: Any) -> dict[str, Any]:
    """Every command's document; models are answered without their sampler."""
    found = {}
    folder = tmp_path_factory.mktemp("files")
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        main(["simulate", "--people", "200", "--out", "people.csv"])
    for command in COMMANDS:
        out = io.StringIO()
        with (
            contextlib.chdir(folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(io.StringIO()),
            from_the_prior(),
        ):
            main([*shlex.split(command), "--format", "json"])
        found[command] = json.loads(out.getvalue(), parse_constant=no_constant)
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def visit(schema: dict[str, Any], value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield the place in the schema and the value of every property that occurs."""
    if "$ref" in schema:
        return (yield from visit(resolved(schema), value, schema["$ref"].rsplit("/", 1)[1]))
    for option in schema.get("anyOf", ()):
        if (value is None) == (resolved(option).get("type") == "null"):
            yield from visit(option, value, place)
    if isinstance(value, list):
        for item in value:
            yield from visit(schema["items"], item, place)
    if isinstance(value, dict):
        for name, below in schema.get("properties", {}).items():
            if name in value:
                yield f"{place}.{name}", value[name]
                yield from visit(below, value[name], f"{place}.{name}")


def declared(schema: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and schema of every property, references not followed."""
    for option in schema.get("anyOf", ()):
        yield from declared(option, place)
    if isinstance(schema.get("items"), dict):
        yield from declared(schema["items"], place)
    for name, below in schema.get("properties", {}).items():
        yield f"{place}.{name}", below
        if "$ref" not in below:
            yield from declared(below, f"{place}.{name}")


def allows_null(schema: dict[str, Any]) -> bool:
    return Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]}).is_valid(None)


PROPERTIES = [item for name, schema in SCHEMA["$defs"].items() for item in declared(schema, name)]


@pytest.fixture(scope="module")
def seen(documents: dict[str, Any]) -> dict[str, list[Any]]:
    """Every value of every property over all documents."""
    values = defaultdict(list)
    for document in documents.values():
        for place, value in visit(
            {"$ref": f"#/$defs/{document['command']}"}, document, document["command"]
        ):
            values[place].append(value)
    return values


def test_schema_is_valid_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["schema_version"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize("command", COMMANDS)
def test_document_fits(documents: dict[str, Any], command: str) -> None:
    document = documents[command]
    # Against its own command first: the message of a failed oneOf names nothing.
    own = {"$ref": f"#/$defs/{document['command']}", "$defs": SCHEMA["$defs"]}
    Draft202012Validator(own).validate(document)
    Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_sentence_says_nan(documents: dict[str, Any], command: str) -> None:
    assert not re.search(
        r"(?<![\w-])(nan|-?inf|infinity|None)(?![\w-])", json.dumps(documents[command])
    )


def test_every_property_occurs(seen: dict[str, list[Any]]) -> None:
    assert [place for place, _ in PROPERTIES if place not in seen] == []


def test_null_is_allowed_exactly_where_it_occurs(seen: dict[str, list[Any]]) -> None:
    nullable = {place for place, schema in PROPERTIES if allows_null(schema)}
    never = {place for place in nullable if None not in seen[place]}
    assert sorted(never) == []
    # What is always null would be no entry either.
    assert [place for place in nullable if all(v is None for v in seen[place])] == []


def test_every_property_is_described() -> None:
    assert [
        place for place, schema in PROPERTIES if not resolved_text(schema) and "const" not in schema
    ] == []


def resolved_text(schema: dict[str, Any]) -> str:
    return str(schema.get("description") or resolved(schema).get("description", ""))


def test_objects_are_closed_and_complete() -> None:
    for name, schema in SCHEMA["$defs"].items():
        for place, found in [(name, schema), *declared(schema, name)]:
            if "properties" in found:
                assert found["additionalProperties"] is False, place
                assert sorted(found["required"]) == sorted(found["properties"]), place


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("comparisons", 0, "tests", "central", "p_value"), 1.5),
        (("comparisons", 0, "verdict"), "different"),
        (("comparisons", 0, "power", "detectable", 0, "below"), "no such rate"),
        (("estimate",), None),
        (("schema_version",), "2.0"),
        (("unheard_of",), 1),
    ],
)
def test_wrong_documents_are_refused(
    documents: dict[str, Any], path: tuple[str | int, ...], value: object
) -> None:
    wrong = copy.deepcopy(documents["retention 87 100 --benchmark 0.90 --unknown 12 --method wald"])
    inner: Any = wrong
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert not Draft202012Validator(SCHEMA).is_valid(wrong)


def test_published_rows_have_the_columns_of_the_data_package(documents: dict[str, Any]) -> None:
    package = json.loads((Path(__file__).parents[3] / "data" / "datapackage.json").read_text())
    fields = {
        resource["name"]: [f["name"] for f in resource["schema"]["fields"]]
        for resource in package["resources"]
    }
    for document in documents.values():
        if document["command"] == "published" and document["table"]:
            for row in document["rows"]:
                assert list(row) == fields[document["table"]]
