"""What `--from FILE` reads: stays at a horizon, looks, and tables of people."""

import click
import pytest
from click.testing import CliRunner

from talentstats.cli.cells_file import cells_options
from talentstats.errors import InputError

STAYS = "sector,lower,upper,destination,simulated\na,6,,,True\na,1,2,China,True\nb,3,,,True\n"
LOOKS = "sector,first,last,destination\na,0,6,US\na,0,6,China\nb,0,6,US\n"
PEOPLE = "sector,stage,where,count\na,x,US,5\na,y,US,1\na,x,China,2\nb,x,lost,3\n"
WIDE = "sector,US,China\na,6,2\nb,0,0\n"


@pytest.fixture
def read(tmp_path):
    """Run a command of those options, and return the file that it was given."""

    def call(text, *words):
        found = []

        @click.command()
        @cells_options
        def command(file):
            found.append(file)

        path = tmp_path / "file.csv"
        path.write_text(text)
        done = CliRunner().invoke(command, ["--from", str(path), *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return found[0]

    return call


def test_stays_at_a_horizon(read):
    cells, simulated = read(STAYS, "--horizon", "6", "--host", "US").cells("sector")
    assert simulated
    assert cells.frame().to_dict("list") == {
        "sector": ["a", "b"], "US": [1, 0], "China": [1, 0], "unknown": [0, 1],
    }  # fmt: skip
    with pytest.raises(InputError, match=r"holds stays: .* --horizon 6"):
        read(STAYS).cells("sector")
    with pytest.raises(InputError, match="horizon='six' is not a number"):
        read(STAYS, "--horizon", "six")


def test_looks_at_people(read):
    columns = ("--lower", "first", "--upper", "last", "--horizon", "6", "--host", "US")
    cells, simulated = read(LOOKS, *columns).cells("sector")
    assert not simulated
    assert cells.frame()[["US", "China"]].to_numpy().tolist() == [[1, 1], [1, 0]]


def test_people_by_destination(read):
    file = read(PEOPLE, "--outcome", "where", "--destinations", "US, China,Canada")
    cells, _ = file.cells("sector", unknown="lost")
    assert cells.counts.tolist() == [[6, 2, 0], [0, 0, 0]]
    assert cells.unknown.tolist() == [0, 3]
    wide, _ = read(WIDE).cells("sector")
    assert wide.total().counts == {"US": 6, "China": 2}
    with pytest.raises(InputError, match="--horizon is for a file of stays"):
        read(WIDE, "--horizon", "6").cells("sector")


def test_a_population_beside_it(read, tmp_path):
    path = tmp_path / "population.csv"
    path.write_text("sector,count\na,30\nb,10\n")
    file = read(WIDE, "--population", path)
    assert file.population_of(file.cells("sector")[0]).weight.tolist() == [0.75, 0.25]
    assert read(WIDE).population_of(file.cells("sector")[0]) is None


def test_without_a_file():
    @click.command()
    @cells_options
    def command(file):
        click.echo(repr(file))

    assert CliRunner().invoke(command, []).output == "None\n"
    with pytest.raises(InputError, match="--horizon is about a file; give one with --from"):
        CliRunner().invoke(command, ["--horizon", "6"], catch_exceptions=False)
