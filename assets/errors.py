"""The errors a user can meet; each message says what is wrong, where, and what to do."""

from __future__ import annotations


class LoyaltyError(Exception):
    """Base of every error that is told to the user in one sentence, without a traceback."""

    exit_code = 1
    entity: str | None = None  # the entity whose rows were being loaded, where it was one


class ConfigurationError(LoyaltyError):
    """`loyalty.yaml` cannot be used as it stands."""

    exit_code = 2


class SourceError(LoyaltyError):
    """A source cannot be read: missing, unreachable, cut off, in another encoding."""

    exit_code = 3


class SourceDownError(SourceError):
    """A source does not answer now and may do so in a while: refused, reset, timed out."""


class ContractError(LoyaltyError):
    """A source lacks a column of its contract, or holds another type than it promises."""

    exit_code = 4


class QuarantineLimitError(LoyaltyError):
    """More rows of an entity are bad than `quarantine.max_share` allows."""

    exit_code = 5


class LakeError(LoyaltyError):
    """The lake cannot be written, or does not hold what its manifest says."""

    exit_code = 6


class WarehouseError(LoyaltyError):
    """The warehouse cannot be built: locked, or a model or a test failed."""

    exit_code = 7


class InstanceError(LoyaltyError):
    """Dagster's storage, which keeps the history of runs, cannot be written or read."""

    exit_code = 10


class PublicationError(LoyaltyError):
    """The marts cannot be published, or an identity that gates publishing does not hold."""

    exit_code = 8
