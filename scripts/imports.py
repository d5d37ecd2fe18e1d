"""Who imports whom, by package, from the top to the bottom: `make imports`. Exits with 1 if modules go in a circle.

    python scripts/imports.py                                      # the rooms of the house, and what stands on it
    python scripts/imports.py evaluator.pipeline evaluator.store   # these opened, too
    python scripts/imports.py --dot imports.dot && dot -Tsvg imports.dot > imports.svg

What is imported for types only (`if TYPE_CHECKING`) does not count.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOTS = ("evaluator", "workers", "training", "bench", "tests")
HOUSE = "evaluator"

Imports = Mapping[str, Collection[str]]
"""What each module imports."""


def read_imports(roots: Sequence[str] = ROOTS) -> dict[str, set[str]]:
    """The imports of every module of the packages `roots` among each other."""
    graph = grimp.build_graph(*roots, exclude_type_checking_imports=True)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circles(imports: Imports) -> Iterator[list[str]]:
    """Circles, each from a module to itself. When their last imports are gone, there is none left."""
    rest = {module: sorted(imports[module]) for module in sorted(imports)}
    while True:
        try:
            TopologicalSorter(rest).prepare()
            return
        except CycleError as error:
            circle = error.args[1][::-1]
            yield circle
            rest[circle[-2]].remove(circle[-1])


def by_package(imports: Imports, opened: Collection[str]) -> dict[str, Counter[str]]:
    """How many imports lead from one package to another; of those in `opened`, from their children."""

    def place(module: str) -> str:
        inside = max((p for p in opened if module.startswith(f"{p}.")), key=len, default="")
        return (
            f"{inside}.{module.removeprefix(f'{inside}.').partition('.')[0]}" if inside else module.partition(".")[0]
        )

    found: dict[str, Counter[str]] = {place(module): Counter() for module in imports}
    for module, imported in imports.items():
        found[place(module)].update(place(other) for other in imported if place(other) != place(module))
    return found


def from_the_top(packages: Mapping[str, Counter[str]]) -> list[str]:
    """Those that nobody imports first; where packages go round in a circle, as far as an order goes."""
    rest = {package: set(imported) for package, imported in packages.items()}
    for circle in circles(packages):
        rest[circle[-2]].discard(circle[-1])
    return list(TopologicalSorter(rest).static_order())[::-1]


def dot(packages: Mapping[str, Counter[str]]) -> str:
    """The graph in Graphviz's language."""
    nodes = [f'  "{package}";' for package in packages]
    arrows = [f'  "{a}" -> "{b}" [label={n}];' for a, imported in packages.items() for b, n in imported.items()]
    return "\n".join(["digraph imports {", "  node [shape=box];", *nodes, *arrows, "}"]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", nargs="*", help="a package to be opened")
    parser.add_argument("--dot", type=Path, help="also write the graph there, for Graphviz")
    arguments = parser.parse_args()
    imports = read_imports()
    packages = by_package(imports, {HOUSE, *arguments.package})
    for package in from_the_top(packages):
        arrows = ", ".join(f"{name} {n}" for name, n in sorted(packages[package].items()))
        print(f"{package:<24} -> {arrows}" if arrows else package)
    if arguments.dot:
        arguments.dot.write_text(dot(packages))
    found = list(circles(imports))
    for circle in found:
        print("circle:", " -> ".join(circle), file=sys.stderr)
    print(f"{len(imports)} modules, {len(found)} circles")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
