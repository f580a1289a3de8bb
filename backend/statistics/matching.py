"""Who goes with whom: the one-to-one assignment of greatest total gain, by the Hungarian method."""

import math
from collections.abc import Sequence


def assign(gain: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs (row, column), sorted, each row and column at most once, of the greatest total gain.

    A pair that gains nothing (0 or less) is left out. Hungarian method by shortest augmenting paths with potentials
    (Kuhn 1955; Jonker & Volgenant 1987), O(rows * columns * min(rows, columns)), solved apart for each island of rows
    and columns that gains connect. Of equal totals the one found first, always the same. ValueError unless every row
    is as long as the first and every gain finite.
    """
    for row in gain:
        if len(row) != len(gain[0]) or not all(map(math.isfinite, row)):
            raise ValueError(f"expected rows of {len(gain[0])} finite gains, found {list(row)!r:.200}")
    pairs: list[tuple[int, int]] = []
    for rows, columns in _islands(gain):
        if len(rows) <= len(columns):
            found = _cheapest([[-max(0.0, gain[r][c]) for c in columns] for r in rows])
            pairs += [(rows[i], columns[j]) for i, j in enumerate(found)]
        else:
            found = _cheapest([[-max(0.0, gain[r][c]) for r in rows] for c in columns])
            pairs += [(rows[j], columns[i]) for i, j in enumerate(found)]
    return sorted((r, c) for r, c in pairs if gain[r][c] > 0.0)


def _islands(gain: Sequence[Sequence[float]]) -> list[tuple[list[int], list[int]]]:
    """Rows and columns connected by gains above 0, each group in order; who gains nothing is in none."""
    of_row = [[c for c, one in enumerate(row) if one > 0.0] for row in gain]
    of_column: list[list[int]] = [[] for _ in gain[0]] if gain else []
    for r, columns in enumerate(of_row):
        for c in columns:
            of_column[c].append(r)
    unseen_rows, unseen_columns = [True] * len(of_row), [True] * len(of_column)
    islands = []
    for start, reached in enumerate(of_row):
        if not reached or not unseen_rows[start]:
            continue
        unseen_rows[start] = False
        rows, columns = [start], list[int]()
        for r in rows:
            for c in of_row[r]:
                if unseen_columns[c]:
                    unseen_columns[c] = False
                    columns.append(c)
                    further = [one for one in of_column[c] if unseen_rows[one]]
                    for one in further:
                        unseen_rows[one] = False
                    # The list grows while it is walked: breadth first.
                    rows += further
        islands.append((sorted(rows), sorted(columns)))
    return islands


def _cheapest(cost: list[list[float]]) -> list[int]:
    """For each row its column, each column at most once, of the least total cost; not more rows than columns."""
    free = len(cost)
    width = len(cost[0])
    owner = [free] * width
    of_row, of_column = [0.0] * free, [0.0] * width
    for start in range(free):
        _augment(cost, start, owner, of_row, of_column)
    columns = [0] * free
    for column, row in enumerate(owner):
        if row != free:
            columns[row] = column
    return columns


def _augment(
    cost: list[list[float]], start: int, owner: list[int], of_row: list[float], of_column: list[float]
) -> None:
    """Give row `start` a column along the shortest alternating path (Dijkstra on reduced costs), and keep every
    reduced cost cost - of_row - of_column at 0 or more."""
    free, width = len(cost), len(owner)
    distance, came_from = [math.inf] * width, [-1] * width
    waiting = list(range(width))
    settled: list[int] = []
    row, through, last = start, 0.0, -1
    while True:
        costs, base = cost[row], through - of_row[row]
        nearest, near = -1, math.inf
        for c in waiting:
            length = base + costs[c] - of_column[c]
            if length < distance[c]:
                distance[c], came_from[c] = length, last
            # Of the nearest a free one: ties would else walk through everybody's column.
            if distance[c] < near or (distance[c] == near and owner[c] == free):
                nearest, near = c, distance[c]
        waiting.remove(nearest)
        last, through = nearest, near
        if owner[nearest] == free:
            break
        settled.append(nearest)
        row = owner[nearest]
    of_row[start] += through
    for c in settled:
        of_row[owner[c]] += through - distance[c]
        of_column[c] -= through - distance[c]
    while last != -1:
        previous = came_from[last]
        owner[last] = start if previous == -1 else owner[previous]
        last = previous
