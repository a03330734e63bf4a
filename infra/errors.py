"""The error family, as the other rooms import it (defined beside the contract, which imports nothing of ours)."""

from schemas.errors import FatalError, InvalidEvent, InvalidInput, LianzhiError, Problem, RetryableError

__all__ = ["FatalError", "InvalidEvent", "InvalidInput", "LianzhiError", "Problem", "RetryableError"]
