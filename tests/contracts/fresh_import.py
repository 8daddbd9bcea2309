"""Imports a module in a fresh interpreter and tells what came with it; imports nothing else itself."""

import importlib
import sys


def modules_after_import(name: str) -> set[str]:
    """Names of all modules that are loaded once `name` is."""
    importlib.import_module(name)
    return set(sys.modules)
