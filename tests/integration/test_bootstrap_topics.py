"""Topics are made once, checked always, and never changed behind anybody's back."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.bootstrap_topics import ensure_topics
from infra.errors import FatalError
from infra.kafka import make_admin
from infra.settings import Settings
from infra.topics import TopicSpec, dead_letter_topic, topic_specs
from infra.zone import Zone, zone
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers


@pytest.fixture
def own_zone(stack: RunningStack, tmp_path: Path) -> Zone:
    """A zone of one region that no other test has."""
    code = f"9{int(stack.unique('x')[2:], 16) % 100_000:05d}"
    shipped = Path(__file__).parents[2] / "infra" / "zone.toml"
    file = tmp_path / "zone.toml"
    blocks = shipped.read_text(encoding="utf-8").split("\n\n")
    file.write_text("\n\n".join(b for b in blocks if '"330421"' in b).replace("330421", code), encoding="utf-8")
    return zone(file)


def state(settings: Settings, names: list[str]) -> object:
    with make_admin(settings) as admin:
        return admin.describe(names), admin.configs(names)


def test_made_once_and_as_they_must_be(stack: RunningStack, own_zone: Zone) -> None:
    specs = topic_specs(stack.settings, own_zone)
    assert len(specs) == 4
    assert set(ensure_topics(stack.settings, own_zone)) == {spec.name for spec in specs}
    assert ensure_topics(stack.settings, own_zone) == ()
    with make_admin(stack.settings) as admin:
        configs = admin.configs([spec.name for spec in specs])
        states = admin.describe([spec.name for spec in specs])
    for spec in specs:
        assert configs[spec.name].items() >= spec.config.items()
        assert (states[spec.name].partitions, states[spec.name].replication_factor) == (1, 1)
    assert len({state.id for state in states.values()}) == 4


def test_a_topic_set_otherwise_is_named_and_nothing_is_changed(stack: RunningStack, own_zone: Zone) -> None:
    specs = topic_specs(stack.settings, own_zone)
    wrong = TopicSpec(specs[0].name, 1, dict(specs[0].config) | {"retention.ms": "1000", "cleanup.policy": "compact"})
    with make_admin(stack.settings) as admin:
        admin.create([wrong])
    names = [spec.name for spec in specs]
    before = state(stack.settings, names)
    with pytest.raises(FatalError) as refused:
        ensure_topics(stack.settings, own_zone)
    assert f"{wrong.name}: retention.ms = 1000, must be -1" in refused.value.message
    assert f"{wrong.name}: cleanup.policy = compact, must be delete" in refused.value.message
    assert state(stack.settings, names) == before


def test_a_topic_of_several_partitions_is_refused(stack: RunningStack, own_zone: Zone) -> None:
    name = dead_letter_topic(own_zone.region_codes[0])
    ensure_topics(stack.settings, own_zone)
    with make_admin(stack.settings) as admin:
        admin._admin.create_partitions({name: 2})
        wait_until(lambda: admin.describe([name])[name].partitions == 2, what="the second partition")
    with pytest.raises(FatalError, match=f"{name}: 2 partitions, must be 1"):
        ensure_topics(stack.settings, own_zone)


def test_a_topic_made_anew_has_another_id(stack: RunningStack) -> None:
    name = stack.unique("topic")
    with make_admin(stack.settings) as admin:
        admin.create([TopicSpec(name, 1, {})])
        first = admin.describe([name])[name].id
        admin.create([TopicSpec(name, 1, {})])
        assert admin.describe([name])[name].id == first
        admin.delete([name])
        wait_until(lambda: name not in admin.topics(), what="the topic to be gone")
        assert admin.describe([name]) == {}
        admin.create([TopicSpec(name, 1, {})])
        assert admin.describe([name])[name].id != first
