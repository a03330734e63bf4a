"""Numbers put into an encoded event are the numbers that encoding would have written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import FatalError
from producers.numbering import numbered, split_unnumbered
from schemas.catalogue import catalogue
from tests.support.sample_events import Samples


@pytest.mark.parametrize("event_type", sorted(catalogue().event_types))
def test_every_event_type_can_be_numbered_afterwards(event_type: str) -> None:
    meta = {"publisher": "嘉善.zhifa" * 20}
    for epoch, sequence in ((0, 0), (1, 1), (63, 64), (2**31 - 1, 2**63 - 1)):
        samples = [Samples(7) for _ in range(2)]
        whole = samples[0].make(event_type, epoch=epoch, sequence=sequence, **meta).value
        parts = split_unnumbered(samples[1].make(event_type, epoch=0, sequence=0, **meta).value)
        assert numbered(parts, epoch, sequence) == whole


@settings(max_examples=200)
@given(epoch=st.integers(0, 2**31 - 1), sequence=st.integers(0, 2**63 - 1), publisher=st.text(max_size=200))
def test_any_numbers_and_any_publisher(epoch: int, sequence: int, publisher: str) -> None:
    publisher = publisher.encode("utf-8", "ignore").decode()
    whole = Samples(3).make("CaseFiled", epoch=epoch, sequence=sequence, publisher=publisher).value
    bare = Samples(3).make("CaseFiled", epoch=0, sequence=0, publisher=publisher).value
    assert numbered(split_unnumbered(bare), epoch, sequence) == whole


def test_a_value_that_has_numbers_is_refused() -> None:
    with pytest.raises(FatalError, match=r"meta\.epoch"):
        split_unnumbered(Samples(1).make("CaseFiled", epoch=1, sequence=0).value)


@pytest.mark.parametrize("length", [0, 5, 20, 60])
def test_a_value_that_ends_early_is_refused(length: int) -> None:
    with pytest.raises(FatalError):
        split_unnumbered(Samples(1).make("CaseFiled", epoch=0, sequence=0).value[:length])
