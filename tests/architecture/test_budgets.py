"""Sizes: a newcomer reads a file in one sitting and a function without scrolling."""

from statistics import median

from tests.architecture.code import body_lines, functions_of, place, python_files

FILE_LINES_MAX, FUNCTION_LINES_MAX, TABLE_LINES_MAX = 400, 60, 120
FILE_MEDIAN_MAX, FUNCTION_MEDIAN_MAX, FUNCTION_P90_MAX = 125, 8, 25
BACKEND = python_files("backend")
FUNCTIONS = [(path, function, body_lines(function)) for path in BACKEND for function in functions_of(path)]


def test_no_file_is_longer_than_400_lines() -> None:
    counted = {
        place(path): path.read_text().count("\n") for path in python_files("backend", "migrations", "tests")
    }
    assert {name: lines for name, lines in counted.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_60_lines_and_no_decision_table_than_120() -> None:
    long = {
        f"{place(path, function)} {function.name}": lines
        for path, function, lines in FUNCTIONS
        if lines > (TABLE_LINES_MAX if function.name == "decide" else FUNCTION_LINES_MAX)
    }
    assert long == {}


def test_half_of_the_files_stay_below_125_lines() -> None:
    assert median(path.read_text().count("\n") for path in BACKEND) < FILE_MEDIAN_MAX


def test_most_functions_stay_below_8_lines_and_nine_in_ten_below_25() -> None:
    sizes = sorted(lines for _, _, lines in FUNCTIONS)
    assert median(sizes) < FUNCTION_MEDIAN_MAX
    assert sizes[round(0.9 * (len(sizes) - 1))] < FUNCTION_P90_MAX
