"""The command line run in this process."""

import json

import pytest

from talentstats.cli.main import main


class Run:
    """What a command printed, and how it ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def document(self):
        def refuse(name):
            raise AssertionError(f"{name} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture
def run(capsys):
    def call(*words):
        capsys.readouterr()
        status = 0
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            status = end.code or 0
        printed = capsys.readouterr()
        return Run(status, printed.out, printed.err)

    return call
