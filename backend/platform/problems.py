"""The one error of this package: a sentence a person can act on, which the command line turns into exit code
2.
"""


class PlatformProblem(Exception):
    """Something Muster runs on is not as it must be.

    The text says what was expected, what was found and what to do. The command line prints it without a
    traceback and exits with `exit_code`.
    """

    exit_code = 2

    def __init__(self, expected: str, found: str, mend: str) -> None:
        """Keep the three parts apart for `muster doctor`; join them for everybody else."""
        self.expected = expected
        self.found = found
        self.mend = mend
        super().__init__(f"{expected} {found} {mend}")
