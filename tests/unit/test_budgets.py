"""Sizes that keep the code readable, counted over all of it."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
FORBIDDEN = {"utils", "helpers", "common", "core", "manager", "handler"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def lines_of(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def length(function: Function) -> int:
    """Lines of a function without its docstring."""
    doc = ast.get_docstring(function, clean=False)
    documented = doc.count("\n") + 1 if doc else 0
    return (function.end_lineno or 0) - function.lineno + 1 - documented


def statements(path: Path) -> int:
    """Statements of a file, docstrings left out."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return sum(
        isinstance(node, ast.stmt)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in nodes
    )


def cases(path: Path) -> int:
    """Rows of parametrised tests, each of which is a test though it is no statement."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    return sum(
        rows_of(call.args[1], named)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "parametrize"
        and len(call.args) > 1
    )


def rows_of(value: ast.expr | None, named: dict[str, ast.expr | None]) -> int:
    """How many rows a table has that is written out, here or under a name of its module."""
    if isinstance(value, ast.Name):
        value = named.get(value.id)
    if isinstance(value, ast.Dict):
        return len(value.keys)
    return len(value.elts) if isinstance(value, ast.List | ast.Tuple | ast.Set) else 0


def test_files_are_small() -> None:
    """No file has more than 400 lines, and half of them have at most 120."""
    sizes = {path.name: lines_of(path) for path in [*SOURCES, *TESTS]}
    assert {name: size for name, size in sizes.items() if size > 400} == {}
    assert statistics.median(lines_of(path) for path in SOURCES) <= 120


def test_functions_are_short() -> None:
    """No function has more than 50 lines, and nine in ten have at most 25."""
    sizes = {f"{p.name}:{f.name}": length(f) for p in SOURCES for f in functions(p)}
    assert {name: size for name, size in sizes.items() if size > 50} == {}
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= 25


def test_nothing_is_called_utils() -> None:
    """There is no room for what has no name."""
    assert [p for p in SOURCES if FORBIDDEN & set(p.with_suffix("").parts)] == []


def test_tests_keep_up_with_the_code() -> None:
    """Tests and their shipped fixtures hold four statements or cases for five of the code's."""
    fixtures = [path for path in SOURCES if "testing" in path.parts]
    code = [path for path in SOURCES if "testing" not in path.parts]
    tested = sum(map(statements, [*TESTS, *fixtures])) + sum(map(cases, TESTS))
    assert tested >= 0.8 * sum(map(statements, code))


def test_every_test_tells_its_behaviour() -> None:
    """Each test has one docstring that ends as a sentence does."""
    silent = [
        f"{path.name}:{function.name}"
        for path in TESTS
        for function in functions(path)
        if function.name.startswith("test_")
        and not (ast.get_docstring(function) or "").strip().endswith((".", "?", "!", ")"))
    ]
    assert silent == []


def test_no_two_test_files_share_a_name() -> None:
    """Test files have names of their own, so that they can be run from anywhere."""
    names = [path.name for path in TESTS]
    assert sorted(set(names)) == sorted(names)
