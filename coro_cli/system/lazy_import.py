"""Modules that come when they are used. The parser imports some that a call seldom needs, at a tenth of what the call takes.

Python has it for a statement of one's own (`lazy import`, PEP 810), from 3.15 on; `importlib.util.LazyLoader` has it for
all that import the module, and is not safe between threads before 3.11.9 and 3.12.3.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

# What typer, inspect, traceback, urllib and shutil use for help texts, tracebacks, shells, IPv6 hosts and archives.
SELDOM = ("ast", "bz2", "ipaddress", "lzma", "shellingham", "subprocess", "textwrap", "tokenize", "zlib")


class Later(ModuleType):
    """Stands for a module in those that imported it meanwhile; each use asks the real one."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def later(names: tuple[str, ...] = SELDOM) -> Iterator[None]:
    """What is imported inside gets a stand-in for these modules; what is imported afterwards gets the modules."""
    absent = {name: Later(name) for name in names if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name, stand_in in absent.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


@contextmanager
def without(name: str) -> Iterator[None]:
    """Inside, a module that is not loaded yet cannot be imported: whoever can do without it does."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
