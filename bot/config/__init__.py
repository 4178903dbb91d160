"""The configuration that a team writes into its repository: reading, checking, merging and applying it. No I/O."""

from bot.config.choice import DEFAULT_CHOICE, Choice, choose
from bot.config.effective import DEFAULT, Config, apply, merge
from bot.config.loading import PATHS, load
from bot.config.problems import ConfigErrors, Layer, Place, Problem

__all__ = [
    "DEFAULT",
    "DEFAULT_CHOICE",
    "PATHS",
    "Choice",
    "Config",
    "ConfigErrors",
    "Layer",
    "Place",
    "Problem",
    "apply",
    "choose",
    "load",
    "merge",
]
