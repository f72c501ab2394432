"""What every test would compile anew, since each has an application and a database of its own: once a process."""

from types import CodeType
from typing import Any, ClassVar

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


class CompiledRule(Rule):
    """A rule that finds and makes addresses by what another of its text compiled: most of making an application."""

    compiled: ClassVar[dict[tuple[object, ...], dict[str, Any]]] = {}

    def compile(self) -> None:
        text = (self.rule, self.is_leaf, repr(self.defaults))
        if text in self.compiled:
            vars(self).update(self.compiled[text])
            self.arguments = set(self.arguments)
            return
        super().compile()
        kept = {name: vars(self)[name] for name in ("_parts", "_trace", "_converters", "arguments")}
        self.compiled[text] = kept | {"_build": self._build, "_build_unknown": self._build_unknown}


class CompiledTemplates(FileSystemBytecodeCache):
    """The code of templates, of all processes of a run on the disk, of this one in memory."""

    code: ClassVar[dict[tuple[str, str], CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        known = (bucket.key, bucket.checksum)
        if known in self.code:
            bucket.code = self.code[known]
            return
        super().load_bytecode(bucket)
        if bucket.code is not None:
            self.code[known] = bucket.code


_STATEMENTS: LRUCache[Any, Any] = LRUCache(10_000)


def _are_one_kind(one: object, other: object) -> bool:
    return type(one) is type(other)


def _hash_of_kind(one: object) -> int:
    return hash(type(one))


_OF_A_KIND = {"__eq__": _are_one_kind, "__hash__": _hash_of_kind}
"""The key of the cache holds the dialect of the engine: by this, one of a kind is as good as another."""


def compile_statements_once() -> None:
    """Let all engines of a dialect share what they compiled."""
    for name, method in _OF_A_KIND.items():
        setattr(DefaultDialect, name, method)

    @event.listens_for(Engine, "engine_connect")
    def share(connection: Connection) -> None:
        connection.engine._compiled_cache = _STATEMENTS


def compile_rules_once() -> None:
    """Let all applications share what their rules compiled."""
    Flask.url_rule_class = CompiledRule
