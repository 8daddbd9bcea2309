"""The errors a user can meet; each message says what is wrong, where, and what to do."""

from __future__ import annotations


def printable(text: str, keep: str = "") -> str:
    r"""The text with every character that a terminal could act on, or that is not seen, written as `\x1b`."""
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text)


class LoyaltyError(Exception):
    """Base of every error that is told to the user in one sentence, without a traceback."""

    exit_code = 1
    entity: str | None = None  # the entity whose rows were being loaded, where it was one
    kept_characters = "\n"

    def __str__(self) -> str:
        """The sentence; what it quotes of a source can do nothing to a terminal or a log."""
        return printable(super().__str__(), self.kept_characters)


class ConfigurationError(LoyaltyError):
    """`loyalty.yaml` cannot be used as it stands."""

    exit_code = 2


class SourceError(LoyaltyError):
    """A source cannot be read: missing, unreachable, cut off, in another encoding."""

    exit_code = 3
    kept_characters = ""


class SourceDownError(SourceError):
    """A source does not answer now and may do so in a while: refused, reset, timed out."""


class ContractError(LoyaltyError):
    """A source lacks a column of its contract, or holds another type than it promises."""

    exit_code = 4
    kept_characters = ""


class QuarantineLimitError(LoyaltyError):
    """More rows of an entity are bad than `quarantine.max_share` allows."""

    exit_code = 5
    kept_characters = ""


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
