"""Errors of the engine's own kinds of input. See games.errors: each is one line and exit status 2. And a warning."""

from games.errors import InputError


class SettingsError(InputError):
    """A setting that makes no sense, or settings that contradict each other."""


class CheckpointError(InputError):
    """A file that is not a checkpoint of ours, or not one for this game."""


class PlayerError(InputError):
    """A description of a player that cannot be understood or does not fit the game."""


class RunError(InputError):
    """A run folder that cannot be used as asked."""


class EngineWarning(UserWarning):
    """What a person should know, though it goes on without."""
