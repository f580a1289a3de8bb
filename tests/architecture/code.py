"""The code as data: files, functions and imports, for tests about its shape."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FOLDERS = ("backend", "migrations", "tests")
NOT_OURS = frozenset({"__pycache__", "node_modules"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """Every Python file below these folders of the repository, in order."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if not NOT_OURS & set(path.parts)]


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(), str(path))


def functions_of(path: Path) -> Iterator[Function]:
    """Every function and method of the file, nested ones too."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def body_of(node: Function | ast.Module | ast.ClassDef) -> list[ast.stmt]:
    """The statements after the docstring."""
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def body_lines(function: Function) -> int:
    """Lines of the body: neither signature nor docstring count."""
    body = body_of(function)
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 1


def place(path: Path, node: ast.AST | None = None) -> str:
    """Where it is, as an editor understands it."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return str(shown) if node is None else f"{shown}:{getattr(node, 'lineno', 1)}"


def dotted(node: ast.expr) -> str:
    """`datetime.now` of a name or attribute; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def imported(path: Path) -> list[tuple[str, ast.AST]]:
    """Every module the file imports from, with its place."""
    found: list[tuple[str, ast.AST]] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node))
    return found
