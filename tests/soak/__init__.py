"""Kills and pauses under load, then proof that nothing is lost: `python -m tests.soak --minutes M --seed S`."""
