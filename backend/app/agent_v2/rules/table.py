"""Reading word tables that are written as text."""


def words(table: str) -> frozenset[str]:
    """The words of a table, however they are broken into lines."""
    return frozenset(table.split())


def lines(table: str) -> tuple[str, ...]:
    """The phrases of a table with one a line."""
    return tuple(line.strip() for line in table.strip().splitlines())
