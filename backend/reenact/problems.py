"""What can go wrong in a client, each with a sentence for the person at the terminal."""

from collections.abc import Mapping
from typing import Any


class UsageProblem(Exception):
    """The options, the dataset or the connection file cannot be used as given: exit code 2."""


class RunProblem(Exception):
    """The run cannot go on; it can be resumed after what the sentence says is mended."""


class Unreachable(RunProblem):
    """No answer from the server for as long as the client is willing to try."""


class ApiProblem(Exception):
    """The server refused: HTTP `status`, the stable `code`, and the whole problem+json `body`."""

    def __init__(self, status: int, code: str, body: Mapping[str, Any], request: str) -> None:
        said = [str(body.get(part)) for part in ("expected", "found", "mend") if body.get(part)]
        super().__init__(f"{request}: {status} {code}" + (f": {'; '.join(said)}" if said else ""))
        self.status = status
        self.code = code
        self.body = dict(body)
