"""Datasets are read as text, and what is wrong with one is said with file, line and what to do."""

from pathlib import Path

import pytest

from backend.reenact.dataset import DatasetProblem, cell, read

ANSWERS = "dataset,task,worker,answer,timestamp\nd,t1,w1,null,\nd,t1,w2,nan,\nd,t2,w1,007,\n"
TRUTH = "task,truth\nt1,null\nt2,7\n"
SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"


def folder(tmp_path: Path, answers: str | bytes | None = ANSWERS, truth: str | bytes | None = TRUTH) -> Path:
    for name, content in (("answers.csv", answers), ("truth.csv", truth)):
        if content is not None:
            (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return tmp_path


def test_cells_stay_the_text_they_are(tmp_path: Path) -> None:
    data = read(folder(tmp_path))
    assert data.answers == {"t1": {"w1": "null", "w2": "nan"}, "t2": {"w1": "007"}}
    assert data.truth == {"t1": "null", "t2": "7"}
    assert (data.tasks, data.workers, data.name) == (["t1", "t2"], ["w1", "w2"], tmp_path.name)


def test_a_cell_with_a_json_list_or_object_is_what_it_says() -> None:
    assert cell('[[1, 2], "x"]') == [[1, 2], "x"]
    assert cell('{"label": 1}') == {"label": 1}


@pytest.mark.parametrize("text", ["3", '"3"', "true", "[not json", "{", "[NaN]", "", "null"])
def test_every_other_cell_is_text(text: str) -> None:
    assert cell(text) == text


def test_fully_crossed_means_that_everybody_answered_everything(tmp_path: Path) -> None:
    assert not read(folder(tmp_path)).fully_crossed
    assert read(folder(tmp_path, ANSWERS + "d,t2,w2,7,\n")).fully_crossed


def test_the_first_of_two_answers_by_one_worker_to_one_task_stands(tmp_path: Path) -> None:
    data = read(folder(tmp_path, ANSWERS + "d,t1,w1,other,\n"))
    assert data.answers["t1"]["w1"] == "null"
    assert data.repeated == 1


def test_more_columns_than_needed_are_no_problem(tmp_path: Path) -> None:
    answers = "dataset,task,worker,answer,timestamp,duration_s\nd,t1,w1,1,,14\n"
    assert read(folder(tmp_path, answers, "task,truth,extra\nt1,1,x\n")).answers == {"t1": {"w1": "1"}}


def test_truth_of_tasks_that_nobody_answered_is_left_out(tmp_path: Path) -> None:
    assert set(read(folder(tmp_path, truth=TRUTH + "t9,1\n")).truth) == {"t1", "t2"}


def test_the_digest_changes_with_the_data(tmp_path: Path) -> None:
    before = read(folder(tmp_path)).digest
    assert read(folder(tmp_path)).digest == before
    assert read(folder(tmp_path, truth=TRUTH.replace("7", "8"))).digest != before


BROKEN = {
    "no answers": (None, TRUTH, "answers.csv: expected this file, found none"),
    "no truth": (ANSWERS, None, "truth.csv: expected this file, found none"),
    "empty": (
        "",
        TRUTH,
        "answers.csv: expected the header dataset,task,worker,answer,timestamp, found an empty",
    ),
    "header only": (
        "dataset,task,worker,answer,timestamp\n",
        TRUTH,
        "expected rows below the header, found none",
    ),
    "wrong header": (
        "dataset,task,person,answer,timestamp\n",
        TRUTH,
        "line 1 column 3: expected 'worker', found 'person'",
    ),
    "short header": (ANSWERS, "task\nt1\n", "truth.csv line 1 column 2: expected 'truth', found ''"),
    "byte order mark": ("\ufeff" + ANSWERS, TRUTH, "line 1 column 1: expected 'dataset'"),
    "missing field": (ANSWERS + "d,t3,w1,1\n", TRUTH, "line 5: expected 5 fields as in the header, found 4"),
    "blank line": (ANSWERS + "\nd,t3,w1,1,\n", TRUTH, "line 5: expected 5 fields as in the header, found 0"),
    "no worker": (ANSWERS + "d,t3,,1,\n", TRUTH, "line 5: expected a worker id, found an empty field"),
    "open quote": (ANSWERS + 'd,t3,w1,"1,\n', TRUTH, "expected CSV"),
    "latin-1": (
        "é".encode("latin-1") + ANSWERS.encode(),
        TRUTH,
        "expected UTF-8, found byte 0xe9 at offset 0",
    ),
    "two truths": (
        ANSWERS,
        TRUTH + "t1,1\n",
        "truth.csv line 4: expected one truth per task, found another for 't1'",
    ),
    "other tasks": (ANSWERS, "task,truth\nx,1\n", "expected a truth for at least one answered task"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_dataset_says_where_and_what(tmp_path: Path, what: str) -> None:
    answers, truth, says = BROKEN[what]
    with pytest.raises(DatasetProblem) as problem:
        read(folder(tmp_path, answers, truth))
    assert says in str(problem.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetProblem, match="expected a folder with"):
        read(tmp_path / "absent")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared crowd answers are not beside this repository")
@pytest.mark.parametrize(
    ("name", "workers", "tasks", "crossed"),
    [
        ("bluebirds", 39, 108, True),
        ("snow_rte", 164, 800, False),
        ("exact_asthma_r1_scratch", 10, 20, True),
        ("act_cf_amt", 110, 300, False),
        ("te3_time_main", 48, 121, False),
    ],
)
def test_real_sets_are_read_whole(name: str, workers: int, tasks: int, crossed: bool) -> None:
    data = read(SHARED / name)
    assert (len(data.workers), len(data.tasks), data.fully_crossed) == (workers, tasks, crossed)
