"""Making the topics of the zone, and refusing to go on when one that exists is set otherwise."""

from __future__ import annotations

from infra.errors import FatalError
from infra.kafka import Admin, make_admin
from infra.settings import Settings
from infra.topics import TopicSpec, topic_specs
from infra.zone import Zone


def ensure_topics(settings: Settings, zone: Zone) -> tuple[str, ...]:
    """Make the topics of `zone` that are missing, check those that exist; return the names of those made.

    Raises:
        FatalError: when a topic has not one partition, or a setting that could lose or reorder events; nothing is
            changed then, and the message says each topic, setting, what it is and what it must be.
        RetryableError: when no broker answers.
    """
    specs = topic_specs(settings, zone)
    with make_admin(settings, client_id="topics") as admin:
        existing = admin.describe([spec.name for spec in specs])
        missing = tuple(spec for spec in specs if spec.name not in existing)
        _refuse(_differences(admin, [spec for spec in specs if spec.name in existing]))
        admin.create(missing)
        _refuse(_differences(admin, list(specs)))
    return tuple(spec.name for spec in missing)


def _differences(admin: Admin, specs: list[TopicSpec]) -> list[str]:
    names = [spec.name for spec in specs]
    states, configs, found = admin.describe(names), admin.configs(names), []
    for spec in specs:
        partitions = states[spec.name].partitions if spec.name in states else 0
        if partitions != 1:
            found.append(f"{spec.name}: {partitions} partitions, must be 1")
        config = configs.get(spec.name, {})
        found += [
            f"{spec.name}: {name} = {config.get(name)}, must be {value}"
            for name, value in spec.config.items()
            if config.get(name) != value
        ]
    return found


def _refuse(differences: list[str]) -> None:
    if differences:
        raise FatalError(
            f"topics are not as they must be: {'; '.join(differences)}",
            zh="主题的配置与要求不符",
            hint="set them right with kafka-configs, or change the kafka.* settings, before anything is published",
        )
