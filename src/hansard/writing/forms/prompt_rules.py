"""What a template's prompt may say in Jinja: a small part of that language, checked before it runs.

Whoever may add a template may write its prompt, and Jinja's sandbox bounds neither time nor memory:
`{{ 'x' * 10**9 }}` is worked out while it is compiled. So the parsed text is read first, and only
this is let through:

    {{ name }}  {{ field.name }}  {{ speakers|join(', ') }}  {{ a if b else c }}
    {% if a and not b == 'c' %} ... {% elif ... %} ... {% else %} ... {% endif %}
    {% for field in fields %} ... {{ loop.index }} ... {% endfor %}      (two deep at the most)

Everything that is let through takes a bounded time: lists are short (`MOST_ITEMS`), filters do not
multiply their input, and `BUDGET` bounds what loops repeat.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, NoReturn

from jinja2 import nodes

from hansard.errors import TemplateError

Kind = Literal["text", "number", "texts", "fields", "field", "loop"]

NAMES: Mapping[str, Kind] = MappingProxyType(
    {
        "schema": "text", "example": "text", "fields": "fields", "language": "text",
        "speakers": "texts", "title": "text", "duration": "number",
    }
)  # fmt: skip
"""What a prompt may use."""
MOST_ITEMS = 100
"""The longest list that a prompt is given."""
BUDGET = 1_000_000
"""Steps that a prompt may take."""
DEEPEST = 30
"""How many things may stand inside each other."""
DEEPEST_LOOP = 2
LARGE = frozenset({"schema", "example"})
"""Too long to be used once per round of a loop."""

_ATTRIBUTES: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        "field": frozenset({"name", "description"}),
        "loop": frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"}),
    }
)
_FILTERS: Mapping[str, tuple[frozenset[Kind], Kind]] = MappingProxyType(
    {
        "default": (frozenset({"text", "number"}), "text"),
        "join": (frozenset({"texts", "fields"}), "text"),
        "length": (frozenset({"text", "texts", "fields"}), "number"),
        "lower": (frozenset({"text"}), "text"),
        "title": (frozenset({"text"}), "text"),
        "tojson": (frozenset({"text", "number", "texts", "fields", "field"}), "text"),
        "trim": (frozenset({"text"}), "text"),
        "upper": (frozenset({"text"}), "text"),
    }
)
_TESTS = frozenset({"none", "defined"})
_LONGEST_LITERAL = 100
_WEIGHT = 10
"""Steps that a filter counts for."""
_CALLED: Mapping[str, str] = MappingProxyType(
    {
        "Add": "arithmetic", "Assign": "'set'", "AssignBlock": "'set'", "Block": "'block'",
        "Call": "a call", "CallBlock": "'call'", "Concat": "'~'", "Dict": "a dictionary",
        "Div": "arithmetic", "Extends": "'extends'", "FilterBlock": "'filter'",
        "FloorDiv": "arithmetic", "FromImport": "'import'", "Import": "'import'",
        "Include": "'include'", "List": "a list", "Macro": "'macro'", "Mod": "arithmetic",
        "Mul": "arithmetic", "Neg": "arithmetic", "Pos": "arithmetic", "Pow": "arithmetic",
        "Slice": "a slice", "Sub": "arithmetic", "Tuple": "a list", "With": "'with'",
    }
)  # fmt: skip


def check_rules(tree: nodes.Template) -> None:
    """Let a parsed prompt through.

    Raises:
        TemplateError: it holds what is not let through; the message names the line.
    """
    _Reader().statements(tree.body, _Scope(names=NAMES))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Where in the prompt one is."""

    names: Mapping[str, Kind]
    loops: int = 0
    depth: int = 0

    def deeper(self, node: nodes.Node) -> "_Scope":
        if self.depth >= DEEPEST:
            _refuse(node, f"more than {DEEPEST} things inside each other are")
        return replace(self, depth=self.depth + 1)


class _Reader:
    """Reads a prompt once, and adds up what it will cost."""

    def __init__(self) -> None:
        self._spent = 0
        self._statements: Mapping[type[nodes.Node], Callable[[Any, _Scope], None]] = {
            nodes.Output: self._output,
            nodes.If: self._if,
            nodes.For: self._for,
        }
        self._expressions: Mapping[type[nodes.Node], Callable[[Any, _Scope], Kind]] = {
            nodes.TemplateData: lambda _node, _scope: "text",
            nodes.Const: self._literal,
            nodes.Name: self._name,
            nodes.Getattr: self._attribute,
            nodes.Getitem: self._item,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.Compare: self._compare,
            nodes.And: self._both,
            nodes.Or: self._both,
            nodes.Not: self._not,
            nodes.CondExpr: self._choice,
        }

    def statements(self, body: Iterable[nodes.Node], scope: _Scope) -> None:
        for node in body:
            self._pay(node, scope)
            read = self._statements.get(type(node))
            if read is None:
                _refuse(node, f"{_called(node)} is")
            read(node, scope.deeper(node))

    def expression(self, node: nodes.Node, scope: _Scope) -> Kind:
        self._pay(node, scope)
        read = self._expressions.get(type(node))
        if read is None:
            _refuse(node, f"{_called(node)} is")
        return read(node, scope.deeper(node))

    def _pay(self, node: nodes.Node, scope: _Scope) -> None:
        each = _WEIGHT if isinstance(node, nodes.Filter) else 1
        self._spent += each * MOST_ITEMS**scope.loops
        if self._spent > BUDGET:
            _refuse(node, "so much, repeated by loops, is")

    def _output(self, node: nodes.Output, scope: _Scope) -> None:
        for part in node.nodes:
            kind = self.expression(part, scope)
            if kind in {"fields", "field", "loop"}:
                _refuse(part, f"to write {_written(part)} as a whole is")

    def _if(self, node: nodes.If, scope: _Scope) -> None:
        self.expression(node.test, scope)
        self.statements(node.body, scope)
        for other in node.elif_:
            self.expression(other.test, scope)
            self.statements(other.body, scope)
        self.statements(node.else_, scope)

    def _for(self, node: nodes.For, scope: _Scope) -> None:
        if scope.loops >= DEEPEST_LOOP:
            _refuse(node, f"more than {DEEPEST_LOOP} loops inside each other are")
        if node.recursive:
            _refuse(node, "'recursive' is")
        kind = self.expression(node.iter, scope)
        if kind not in {"texts", "fields"} or not isinstance(node.iter, nodes.Name):
            _refuse(node, "a loop over anything but speakers or fields is")
        each: Kind = "text" if kind == "texts" else "field"
        names = {**scope.names, _target(node): each, "loop": "loop"}
        inside = replace(scope, names=names, loops=scope.loops + 1)
        if node.test is not None:
            self.expression(node.test, inside)
        self.statements(node.body, inside)
        self.statements(node.else_, scope)

    def _literal(self, node: nodes.Const, _scope: _Scope) -> Kind:
        value = node.value
        if isinstance(value, (int, float)):
            if not isfinite(value) or abs(value) > 1e12:
                _refuse(node, "a number as large as this is")
            return "number"
        if isinstance(value, str) and not value.isascii():
            _encoded(node, value)
        return "text"

    def _name(self, node: nodes.Name, scope: _Scope) -> Kind:
        if node.name not in scope.names:
            known = ", ".join(sorted(NAMES))
            hint = f"the names are {known}"
            if "transcript" in node.name:
                hint += "; the transcript is put after the prompt by itself"
            line = f"line {node.lineno} of the prompt"
            raise TemplateError(f"{line}: nothing is called {node.name[:100]!r}", hint=hint)
        if scope.loops and node.name in LARGE:
            _refuse(node, f"{node.name!r} inside a loop is")
        return scope.names[node.name]

    def _attribute(self, node: nodes.Getattr, scope: _Scope) -> Kind:
        kind = self.expression(node.node, scope)
        if node.attr not in _ATTRIBUTES.get(kind, ()):
            _refuse(node, f"the attribute {node.attr[:100]!r} is")
        return "text" if kind == "field" else "number"

    def _item(self, node: nodes.Getitem, scope: _Scope) -> Kind:
        if self.expression(node.node, scope) != "field" or not isinstance(node.arg, nodes.Const):
            _refuse(node, "'[...]' is")
        if node.arg.value not in _ATTRIBUTES["field"]:
            _refuse(node, "this item of a field is")
        return "text"

    def _filter(self, node: nodes.Filter, scope: _Scope) -> Kind:
        if node.name not in _FILTERS or node.node is None:
            _refuse(node, f"the filter {node.name[:100]!r} is", f"filters: {', '.join(_FILTERS)}")
        accepts, gives = _FILTERS[node.name]
        kind = self.expression(node.node, scope)
        if kind not in accepts:
            _refuse(node, f"the filter {node.name!r} on this is")
        if scope.loops and kind in {"texts", "fields"} and gives == "text":
            _refuse(node, f"{node.name!r} of a list inside a loop is")
        self._check_arguments(node)
        return gives

    def _check_arguments(self, node: nodes.Filter) -> None:
        if node.name == "tojson" and any(
            inner.name == "tojson" for inner in node.find_all(nodes.Filter)
        ):
            _refuse(node, "'tojson' twice is")
        if not _ARGUMENTS[node.name](_literals(node)):
            _refuse(node, f"such an argument of the filter {node.name!r} is")

    def _test(self, node: nodes.Test, scope: _Scope) -> Kind:
        self.expression(node.node, scope)
        if node.name not in _TESTS or _literals(node):
            _refuse(node, f"the test {node.name[:100]!r} is", f"tests: {', '.join(sorted(_TESTS))}")
        return "number"

    def _compare(self, node: nodes.Compare, scope: _Scope) -> Kind:
        self.expression(node.expr, scope)
        for operand in node.ops:
            if isinstance(operand.expr, (nodes.List, nodes.Tuple)):
                for item in operand.expr.items:
                    self._pay(item, scope)
                    _constant(item)
            else:
                self.expression(operand.expr, scope)
        return "number"

    def _both(self, node: nodes.And | nodes.Or, scope: _Scope) -> Kind:
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        return left if left == right else "text"

    def _not(self, node: nodes.Not, scope: _Scope) -> Kind:
        self.expression(node.node, scope)
        return "number"

    def _choice(self, node: nodes.CondExpr, scope: _Scope) -> Kind:
        if node.expr2 is None:
            _refuse(node, "an 'if' without an 'else' inside {{ }} is")
        self.expression(node.test, scope)
        one, other = self.expression(node.expr1, scope), self.expression(node.expr2, scope)
        return one if one == other else "text"


def _joins(arguments: Mapping[str, Any]) -> bool:
    named = dict(arguments)
    between = named.pop("0", named.pop("d", ""))
    attribute = named.pop("1", named.pop("attribute", "name"))
    short = isinstance(between, str) and len(between) <= _LONGEST_LITERAL
    return short and attribute in _ATTRIBUTES["field"] and not named


def _replaces(arguments: Mapping[str, Any]) -> bool:
    named = dict(arguments)
    value = named.pop("0", named.pop("default_value", ""))
    flag = named.pop("1", named.pop("boolean", True))
    return isinstance(value, (str, int, float)) and isinstance(flag, bool) and not named


def _indents(arguments: Mapping[str, Any]) -> bool:
    named = dict(arguments)
    by = named.pop("0", named.pop("indent", 0))
    return isinstance(by, int) and 0 <= by <= 8 and not named


def _nothing(arguments: Mapping[str, Any]) -> bool:
    return not arguments


_ARGUMENTS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = MappingProxyType(
    {
        "default": _replaces, "join": _joins, "length": _nothing, "lower": _nothing,
        "title": _nothing, "tojson": _indents, "trim": _nothing, "upper": _nothing,
    }
)  # fmt: skip


def _literals(node: nodes.Filter | nodes.Test) -> Mapping[str, Any]:
    """The arguments, by place or by name; only literals are let through."""
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        _refuse(node, "'*' before an argument is")
    by_place = {str(place): _constant(value) for place, value in enumerate(node.args)}
    by_name: Sequence[Any] = node.kwargs  # `Keyword`, whatever Jinja's own annotation says
    return by_place | {pair.key: _constant(pair.value) for pair in by_name}


def _constant(node: nodes.Expr) -> Any:
    if not isinstance(node, nodes.Const):
        _refuse(node, "anything but a literal here is")
    if isinstance(node.value, str):
        _encoded(node, node.value)
    return node.value


def _encoded(node: nodes.Node, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        _refuse(node, "half a character is")


def _target(node: nodes.For) -> str:
    name = node.target.name if isinstance(node.target, nodes.Name) else ""
    if not (name.isascii() and name.isidentifier()) or name in {*NAMES, "loop"} or name[0] == "_":
        _refuse(node, "this name for what a loop gives is")
    return name


def _called(node: nodes.Node) -> str:
    kind = type(node).__name__
    return _CALLED.get(kind, f"{kind!r}")


def _written(node: nodes.Node) -> str:
    return repr(node.name) if isinstance(node, nodes.Name) else "this"


def _refuse(node: nodes.Node, what: str, hint: str = "") -> NoReturn:
    raise TemplateError(
        f"line {node.lineno} of the prompt: {what} not allowed",
        hint=hint or "a prompt is text, names, short filters, 'if' and 'for'",
    )
