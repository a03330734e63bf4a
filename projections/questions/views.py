"""The questions as parameterised views, `ask_<name>`: what BI tools read, by the same SQL and the same rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.sql import comment, identifier
from projections.questions import REGIONS, Parameter, Question, column_texts, questions
from projections.questions.suppression import statement

PREFIX = "ask_"


def question_views(regions: Sequence[str]) -> Iterator[str]:
    """Of every question the statement that makes its view anew.

    Args:
        regions: the codes of the zone's regions.
    """
    for asked in questions().values():
        yield create_view(asked, regions)


def create_view(asked: Question, regions: Sequence[str]) -> str:
    """CREATE OR REPLACE VIEW. Each parameter of the question, and `as_of`, must be given by whoever reads it.

    ClickHouse gives the columns of a parameterised view no comments, since they depend on the parameters: the comment
    of the view itself says what they mean.
    """
    # The zone's regions are no matter of the reader's; codes are six digits, as the zone file has to give them.
    answer = statement(asked).replace(f"{{{REGIONS}:Array(String)}}", str(list(regions)))
    return (
        f"CREATE OR REPLACE VIEW {identifier(PREFIX + asked.name)} DEFINER = projector SQL SECURITY DEFINER AS\n"
        f"{answer}\nCOMMENT {comment(describe(asked))}"
    )


def describe(asked: Question) -> str:
    """Title, definition, parameters and columns, a line each."""
    texts = column_texts()
    every = texts["every"]
    columns = [
        ("total", every["total"]),
        *((dim, texts["dims"][dim]) for dim in asked.dims),
        ("n", asked.numerator),
        ("d", asked.denominator),
        *((figure.name, figure.about) for figure in asked.figures),
        ("suppressed", every["suppressed"]),
    ]
    parameters = [
        ("as_of Date32", "截止日（Asia/Shanghai）| day on which the windows end"),
        *(
            (f"{each.name} {each.type}", f"{each.zh} | {each.en}{_values(each)}，默认 default {each.default!r}")
            for each in asked.parameters
        ),
    ]
    lines = [
        f"{asked.number}. {asked.title}",
        f"{asked.definition_zh} | {asked.definition_en}",
        f"口径版本 formula_version: {asked.formula_version}",
        *(f"参数 parameter {name}: {about}" for name, about in parameters),
        *(f"列 column {name}: {about}" for name, about in columns),
    ]
    return "\n".join(lines)


def _values(parameter: Parameter) -> str:
    return f": {', '.join(parameter.allowed)}" if parameter.allowed else ""
