"""The log's parts: one for each year in which streams are born, made before that year begins (decision 0032)."""

from datetime import UTC, datetime, timedelta

import asyncpg

# A holiday, a long reader or a machine that was off must not let a year begin without its part.
AHEAD = timedelta(days=120)

# The function belongs to the owner and makes nothing but this; asked again, or without anything to do, it does nothing.
MAKE = "SELECT make_log_year($1)"


def years_wanted(now: datetime) -> list[int]:
    """This year in UTC, and from September on the next one: a stream lies in the year that its id begins with."""
    here = now.astimezone(UTC)
    return sorted({here.year, (here + AHEAD).year})


async def make_years(conn: asyncpg.Connection, now: datetime) -> list[int]:
    """Make the parts that are wanted at `now`; returns the years that still have none, normally empty.

    A year is left out when somebody reads for longer than two seconds, or when streams of it are in `event_other`
    already. Nothing is lost then: `event_other` takes all that no part takes, and the caller asks again later.
    """
    return [year for year in years_wanted(now) if not await conn.fetchval(MAKE, year)]
