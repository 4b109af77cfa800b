"""What a SQLite store is made of: a table for each collection id, and the entrances by which queries read it."""

from dataclasses import dataclass
from typing import TypeAlias

from app.crud.store.sqlite_entries import create_entries
from app.crud.store.sqlite_values import expression

Columns: TypeAlias = tuple[tuple[str, bool], ...]


def table(collection: str) -> str:
    """The quoted name of the table for a collection, the same for all of its parents."""
    return f'"{collection.rpartition("/")[2]}"'


def parent(collection: str) -> str:
    return collection.rpartition("/")[0]


def create_table(collection_id: str) -> str:
    return (
        f'CREATE TABLE IF NOT EXISTS "{collection_id}" (parent TEXT NOT NULL, id TEXT NOT NULL, '
        "data TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (parent, id))"
    )


@dataclass(frozen=True, slots=True)
class Entrance:
    """A way into a collection, within one parent: by the values of `columns` (field, descending), then by the id.

    It is an index on the collection's table (where there are no columns, the primary key); with an `array`, it is a
    table of entries and goes by an element of that array before all else.
    """

    collection_id: str
    columns: Columns = ()
    array: str | None = None

    @property
    def name(self) -> str:
        fields = [field + (" desc" if down else "") for field, down in self.columns]
        elements = [] if self.array is None else [f"{self.array}[]"]
        return f"{self.collection_id}({', '.join(elements + fields)})"

    @property
    def keys(self) -> str:
        """FROM …, with parent, id and the columns."""
        if self.array is not None:
            return f' FROM "{self.name}"'
        return f' FROM "{self.collection_id}"' + (f' INDEXED BY "{self.name}"' if self.columns else "")

    @property
    def documents(self) -> str:
        """FROM …, with the documents too."""
        if self.array is None:
            return self.keys
        # CROSS: always in this sequence.
        return f'{self.keys} CROSS JOIN "{self.collection_id}" USING (parent, id)'

    def value(self, field: str) -> str:
        """The SQL value of one of the columns."""
        if self.array is None:
            return expression(field)
        return f"c{[name for name, _ in self.columns].index(field)}"

    def create(self) -> list[str]:
        """The statements that make it, for the documents that are there and those that come."""
        if self.array is not None:
            return create_entries(self.name, self.collection_id, self.array, self.columns)
        if not self.columns:
            return []
        parts = [expression(field) + (" DESC" if down else "") for field, down in self.columns]
        return [f'CREATE INDEX "{self.name}" ON "{self.collection_id}" (parent, {", ".join(parts)}, id)']
