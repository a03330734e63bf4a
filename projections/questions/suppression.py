"""The SQL of a question as it is asked: its cells and the one rule of what of them may be shown; and its evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.sql import identifier, load

if TYPE_CHECKING:
    from projections.questions import Figure, Question

PACKAGE = "projections.questions"
_LAST_SELECT = re.compile(r"^SELECT\b(?!.*^SELECT\b)", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"\{([a-z]+):(?:Select|Columns|Bool)\}")


def statement(asked: Question) -> str:
    """The SELECT that answers a question; the same for the command line and for the views of BI tools.

    It gives `total`, the dimensions, `n`, `d`, the figures and `suppressed`, the whole last. Only names of columns that
    the catalogue declares are put into it; values stay parameters of the server.
    """
    return with_rule(asked, load(PACKAGE, f"{asked.name}.sql"))


def evidence(asked: Question) -> str:
    """The SELECT that gives the dimensions of each row, and its `event_ids` and `n_event_ids`.

    It counts out the question's own `units`: a question's file names what it counts so, a unit a row, with the
    dimensions, the unit's `event_ids`, and whether it makes n, `in_n`. What is only asked for here costs the question
    nothing.
    """
    cells = load(PACKAGE, f"{asked.name}.sql")
    counted = _LAST_SELECT.split(cells)[0].strip()
    parts = {"question": counted, "key": _key(asked)}
    return _PLACE.sub(lambda place: parts[place[1]], load(PACKAGE, "evidence.sql"))


def with_rule(asked: Question, cells: str) -> str:
    """The rule around a SELECT that gives `total`, and the dimensions, `n`, `d` and figures of `asked`."""
    shown = [*(_unless("hidden", name) for name in ("n", "d")), *(_figure(figure) for figure in asked.figures)]
    parts = {
        "question": cells.strip().removesuffix(";").replace("\n", "\n        "),
        "key": _key(asked),
        "values": ",\n    ".join(shown),
        "overlapping": str(asked.whole == "overlapping").lower(),
        "shown": str(asked.whole == "shown").lower(),
    }
    return _PLACE.sub(lambda place: parts[place[1]], load(PACKAGE, "suppression.sql"))


def _key(asked: Question) -> str:
    return ", ".join(identifier(dim) for dim in asked.dims)


def _unless(hidden: str, name: str, otherwise: str = "NULL") -> str:
    return f"if({hidden}, {otherwise}, {identifier(name)}) AS {identifier(name)}"


def _figure(figure: Figure) -> str:
    """Of the whole, figures are shown only when no row is withheld: an extreme or a sum could be that row's.

    Where there are no rows there is nothing to be an extreme of.
    """
    return _unless("hidden OR (total AND (small > 0 OR rows = 0))", figure.name, "map()" if figure.is_map else "NULL")
