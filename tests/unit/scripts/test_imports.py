"""The drawing of the import graph, on graphs that are made up; `lint-imports` holds the real one."""

from __future__ import annotations

from scripts.imports import by_package, circles, dot, from_the_top

HOUSE = {
    "house": [],
    "house.roof": ["house.walls.north", "house.walls.south"],
    "house.walls": [],
    "house.walls.north": ["house.ground"],
    "house.walls.south": ["house.walls.north"],
    "house.ground": [],
    "guests.first": ["house.roof"],
    "guests.second": ["house.roof", "house.ground"],
}


def test_packages_and_how_many_imports_lead_between_them() -> None:
    found = by_package(HOUSE, {"house"})
    assert {name: dict(imported) for name, imported in found.items() if imported} == {
        "guests": {"house.roof": 2, "house.ground": 1},
        "house.roof": {"house.walls": 2},
        "house.walls": {"house.ground": 1},
    }
    assert by_package(HOUSE, {"house", "house.walls"})["house.walls.south"] == {"house.walls.north": 1}
    assert by_package(HOUSE, set())["guests"] == {"house": 3}


def test_whom_nobody_imports_comes_first() -> None:
    order = from_the_top(by_package(HOUSE, {"house"}))
    assert [name for name in order if name != "house"] == ["guests", "house.roof", "house.walls", "house.ground"]


def test_circles_are_told_from_a_module_to_itself() -> None:
    assert list(circles(HOUSE)) == []
    (found,) = circles(HOUSE | {"house.ground": ["house.roof"]})
    assert found[0] == found[-1]
    assert set(found) >= {"house.ground", "house.roof", "house.walls.north"}
    assert len(list(circles({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}))) == 2


def test_the_drawing_has_every_package_and_arrow() -> None:
    drawn = dot(by_package(HOUSE, {"house"}))
    assert '"house.roof" -> "house.walls" [label=2];' in drawn
    assert '"house.ground";' in drawn
