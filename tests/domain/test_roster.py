"""Rosters: whatever the file holds, every row becomes one person or one sentence about what is wrong with it."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.domain.workforce import roster
from backend.domain.workforce.roster import Bad, Level, Row, Score, read
from tests.support.refused import refused

HEAD = "name,email,roles,origin,vendor,team,skills,scores"


def one(cells: str, head: str = HEAD) -> Row | Bad:
    (found,) = read(f"{head}\n{cells}\n")
    return found


def bad(cells: str, head: str = HEAD) -> Bad:
    found = one(cells, head)
    assert isinstance(found, Bad), found
    return found


def test_a_row_says_everything_about_a_person() -> None:
    cells = (
        'Ada,ada@example.org,annotator reviewer,vendor,Acme,"Team, one",birds:3 german:2,birds:45/50@other'
    )
    assert one(cells) == Row(
        row=2,
        name="Ada",
        email="ada@example.org",
        roles=("annotator", "reviewer"),
        origin="vendor",
        vendor="Acme",
        team="Team, one",
        skills=(Level("birds", 3), Level("german", 2)),
        scores=(Score("birds", 45, 50, "other"),),
    )


def test_name_and_address_are_enough() -> None:
    found = one("Ada,ada@example.org", "name,email")
    assert isinstance(found, Row)
    assert (found.roles, found.origin, found.vendor, found.team) == ((), None, None, None)
    assert (found.skills, found.scores) == ((), ())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("apart", [",", ";"])
def test_what_spreadsheets_write_is_read(end: str, mark: str, apart: str) -> None:
    lines = (f"E-Mail {apart}NAME".replace("E-", "e"), f'a@x{apart}"Ada{end}Lovelace"', "", f"b@x{apart}B")
    found = read(mark + end.join(lines))
    assert [(one.row, one.name) for one in found if isinstance(one, Row)] == [
        (2, f"Ada{end}Lovelace"),
        (4, "B"),
    ]
    assert len(found) == 2


def test_only_the_first_row_says_what_keeps_cells_apart() -> None:
    found = one("Ada; the first; of many,ada@example.org", "name,email")
    assert isinstance(found, Row) and found.name == "Ada; the first; of many"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "missing 'name', 'email'"),
        ("name", "missing 'email'"),
        ("name,email,phone,town", "unknown 'phone', 'town'"),
        ("name,email,Name", "twice 'name'"),
        ("\nname,email", "missing 'name', 'email'"),
        ('"name,email', "missing 'name', 'email'"),
    ],
)
def test_a_wrong_first_row_is_refused_and_says_what_is_wrong(head: str, said: str) -> None:
    with refused("roster_header_wrong", "invalid") as caught:
        read(f"{head}\nAda,ada@example.org\n")
    assert said in caught.value.found


@pytest.mark.parametrize(
    ("head", "sign"),
    [
        ("name\temail\troles", "a tab"),
        ('\ufeff"Name"\t"EMAIL"', "a tab"),
        ("email | name", "'|'"),
        ("name:phone:email", "':'"),
        ("name email", "a space"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_columns_apart_by_another_sign_are_told_which_is_expected(head: str, sign: str, end: str) -> None:
    with refused("roster_header_wrong", "invalid") as caught:
        read(head + end)
    assert "',' or ';' between" in caught.value.expected and "',' or ';' between" in caught.value.mend
    assert caught.value.found.startswith(f"{sign} between the columns, it seems; ")


@pytest.mark.parametrize("head", ["name,mail", "full name", "name, email:phone", "name email;phone", ""])
def test_no_other_sign_is_blamed_where_it_is_not_the_reason(head: str) -> None:
    with refused("roster_header_wrong", "invalid") as caught:
        read(head)
    assert "seems" not in caught.value.found and caught.value.mend == "correct the first row"


@pytest.mark.parametrize("level", [0, 11, 999_999_999])
def test_a_level_out_of_range_is_told_the_range(level: int) -> None:
    said = bad(f"A,a@x,,,,,birds:{level},")
    assert (said.column, said.expected, said.found) == ("skills", "a level from 1 to 10", f"{level}")


@pytest.mark.parametrize(
    ("cells", "column", "found"),
    [
        (",a@x,,,,,,", "name", "0"),
        ("A,,,,,,,", "email", "nothing"),
        ("A,a b@x,,,,,,", "email", "5 characters with 1 @"),
        ("A,a@b@x,,,,,,", "email", "5 characters with 2 @"),
        (f"A,{'a' * 253}@x,,,,,,", "email", "255 characters with 1 @"),
        (f"{'A' * 201},a@x,,,,,,", "name", "201"),
        ("A,a@x,wizard,,,,,", "roles", "'wizard'"),
        ("A,a@x,,robot,,,,", "origin", "'robot'"),
        (f"A,a@x,,,{'v' * 201},,,", "vendor", "201"),
        ("A,a@x,,,,,birds,", "skills", "'birds'"),
        ("A,a@x,,,,,birds:0,", "skills", "0"),
        ("A,a@x,,,,,birds:11,", "skills", "11"),
        ("A,a@x,,,,,birds:3 birds:4,", "skills", "'birds' twice"),
        ("A,a@x,,,,,birds:٣,", "skills", "'birds:٣'"),
        ("A,a@x,,,,,,birds:45/50", "scores", "'birds:45/50'"),
        ("A,a@x,,,,,,birds:51/50@other", "scores", "51/50"),
        ("A,a@x,,,,,,birds:0/0@other", "scores", "0/0"),
        ("A,a@x", None, "2"),
        ('A,"a"@x,,,,,,', None, "',' expected after '\"'"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_what_was_found(
    cells: str, column: str | None, found: str
) -> None:
    said = bad(cells)
    assert (said.row, said.column, said.found) == (2, column, found)
    assert said.expected and said.mend


def test_a_name_of_a_skill_may_hold_blanks_and_colons() -> None:
    found = one('A,a@x,,,,,"bird song:3; c: advanced:2,german:1",')
    assert isinstance(found, Row)
    assert found.skills == (Level("bird song", 3), Level("c: advanced", 2), Level("german", 1))


def test_an_address_counts_once_however_it_is_spelled() -> None:
    first, second = read("name,email\nAda,ada@example.org\nBen, ADA@example.ORG \n")
    assert isinstance(first, Row)
    assert isinstance(second, Bad)
    assert (second.column, second.found) == ("email", "the address of row 2")


def test_an_open_quote_spoils_one_line_and_no_other() -> None:
    found = read('name,email\n"Ada,a@x\nBen,b@x\nCas,c@x')
    assert [type(each) for each in found] == [Bad, Row, Row]


def test_a_file_may_be_full_and_not_fuller() -> None:
    rows = [f"p{n},p{n}@x" for n in range(roster.ROWS_MAX)]
    assert len(read("\n".join(("name,email", *rows)))) == roster.ROWS_MAX
    with refused("roster_too_large", "invalid"):
        read("\n".join(("name,email", *rows, "one,more@x")))
    with refused("roster_too_large", "invalid"):
        read("name,email\n" + "x" * roster.BYTES_MAX)


@settings(max_examples=300)
@given(st.text() | st.text('",;\r\n :/@0123456789anmeil'))
def test_no_text_breaks_the_reader(text: str) -> None:
    for whole in (text, f"name,email\n{text}", f"{HEAD}\nA,a@x,,,,,{text},{text}"):
        try:
            found = read(whole)
        except Refusal as refusal:
            assert refusal.code == "roster_header_wrong"
        else:
            assert all(isinstance(each, Row | Bad) for each in found)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ADDRESS = st.from_regex(r"[a-z]{1,3}@[a-z]{1,2}", fullmatch=True) | CELL


@given(
    st.lists(st.tuples(CELL, ADDRESS, st.sampled_from(["", "annotator", "expert", "wizard"]))), st.booleans()
)
def test_every_row_that_was_written_is_accounted_for_once(
    rows: list[tuple[str, ...]], semicolons: bool
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";" if semicolons else ",")
    writer.writerows([("name", "email", "roles"), *rows])
    found = read(file.getvalue())
    said = [n for n, row in enumerate(rows, 2) if any(cell.strip() for cell in row)]
    assert [each.row for each in found] == said
    for each in found:
        name, email, roles = rows[each.row - 2]
        if isinstance(each, Row):
            assert (each.name, each.email) == (name.strip(), email.strip())
            assert each.roles == ((roles,) if roles else ())
