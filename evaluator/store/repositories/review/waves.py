"""Waves, and their decisions on the samples of their frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, text, update

from evaluator.core.errors import Conflict
from evaluator.core.review.wave import Wave, WaveKind, WaveRequest
from evaluator.store.repositories.base import PROJECT, Repository
from evaluator.store.repositories.due import DueNotes, DueProjects
from evaluator.store.repositories.review.desk import OPEN
from evaluator.store.sql import chunks, lock, table
from evaluator.store.tables.review.tasks import TaskRow
from evaluator.store.tables.review.waves import WaveDueRow, WaveRow, WaveUnitRow

_wave, _unit = table(WaveRow), table(WaveUnitRow)
_task = table(TaskRow)
_COLUMNS = tuple(_wave.c["start_at" if f.name == "start" else "end_at" if f.name == "end" else f.name]
                 for f in fields(Wave))  # fmt: skip
STANDING = text("wave.kind = 'standing' AND wave.closed_at IS NULL")
"""Said in the statement itself, for the index of open standing waves to be used."""

Target = tuple[str, str]
"""(kind, id)."""


class DueTargets(DueProjects):
    """What standing waves wait for, in every project."""

    _row = WaveDueRow


class AskingProjects(Repository):
    """Who asks people, in every project."""

    def all(self) -> list[str]:
        """The projects that have drawn a wave."""
        return self._projects_with(select(_wave.c.id).where(_wave.c.project == PROJECT))


class Waves(DueNotes):
    _row = WaveDueRow

    def add(self, wave: Wave, *, complete: bool) -> None:
        """Store a wave; one that is not `complete` is seen by nobody until it is finished."""
        row = {f.name: getattr(wave, f.name) for f in fields(Wave)} | {
            "kind": wave.kind.value, "start_at": wave.start, "end_at": wave.end, "complete": complete,
            "request": wave.request.model_dump(mode="json", by_alias=True),
        }  # fmt: skip
        self._put(WaveRow, [{name: value for name, value in row.items() if name not in ("start", "end", "project")}])

    def alone(self, criterion: str) -> None:
        """Be the only one who makes tasks for a criterion until this transaction ends: two waves at once would each
        miss that the other's frame holds the same sample."""
        lock(self._db, "ask", self._project, criterion)

    def finish(self, wave: str, frame: int, drawn: int, second: int) -> None:
        """Let a wave be seen. Raises Conflict where it was given up meanwhile."""
        mine = (self._mine(_wave), _wave.c.id == wave, ~_wave.c.complete)
        values = {"complete": True, "frame": frame, "drawn": drawn, "second": second}
        if not self._db.execute(update(_wave).where(*mine).values(**values)).rowcount:
            raise Conflict(f"the draw of the wave {wave} took too long and was given up: draw it again")

    def count(self, wave: str, frame: int, drawn: int, second: int) -> None:
        """Add to what a standing wave has met."""
        met = {"frame": frame, "drawn": drawn, "second": second}
        values = {name: _wave.c[name] + n for name, n in met.items()}
        self._db.execute(update(_wave).where(self._mine(_wave), _wave.c.id == wave).values(**values))

    def close(self, wave: str, now: datetime) -> bool:
        """End a wave, a standing one also on the time axis; returns whether it was open."""
        mine = and_(self._mine(_wave), _wave.c.id == wave, _wave.c.complete, _wave.c.closed_at.is_(None))
        self._db.execute(update(_wave).where(mine, _wave.c.end_at.is_(None)).values(end_at=now))
        return bool(self._db.execute(update(_wave).where(mine).values(closed_at=now)).rowcount)

    def get(self, wave: str) -> Wave | None:
        found = self.named([wave])
        return found[0] if found else None

    def named(self, waves: Collection[str]) -> list[Wave]:
        """Those of `waves` that there are, the newest first."""
        return self._select(_wave.c.id.in_(sorted(waves)))

    def newest(self, limit: int = 1000, after: Wave | None = None) -> list[Wave]:
        """Waves, the newest first, from the one after `after` on."""
        where: list[ColumnElement[bool]] = []
        if after is not None:
            earlier = _wave.c.created_at < after.created_at
            where.append(or_(earlier, and_(_wave.c.created_at == after.created_at, _wave.c.id > after.id)))
        return self._select(*where, limit=limit)

    def over(self, series: str) -> list[str]:
        """The ids of all waves over a series."""
        return self._ids(_wave.c.series == series)

    def opened(self) -> set[str]:
        """The ids of all waves that are open."""
        return set(self._ids(_wave.c.closed_at.is_(None)))

    def stays_open(self, wave: str) -> bool:
        """Whether a wave is open; nobody closes it before this transaction ends."""
        query = select(_wave.c.closed_at).where(self._mine(_wave), _wave.c.id == wave, _wave.c.closed_at.is_(None))
        return self._db.execute(query.with_for_update(read=True)).first() is not None

    def serving(self, limit: int | None = None) -> list[Wave]:
        """The open waves that hold tasks for somebody, the newest first: many are answered long before they are
        closed."""
        task = (_task.c.project == _wave.c.project, _task.c.wave == _wave.c.id, OPEN)
        return self._select(_wave.c.closed_at.is_(None), exists().where(*task), limit=limit)

    def criteria(self) -> set[str]:
        """The criteria by which people were asked."""
        query = select(_wave.c.criterion).where(self._mine(_wave), _wave.c.complete).distinct()
        return set(self._db.execute(query).scalars())

    def asked(self, waves: Collection[str]) -> int:
        """How many tasks these waves have made, or share with others."""
        query = select(func.coalesce(func.sum(_wave.c.drawn + _wave.c.second), 0))
        return int(self._db.execute(query.where(self._mine(_wave), _wave.c.id.in_(sorted(waves)))).scalar_one())

    def standing(self, fingerprint: str) -> list[Wave]:
        """The open standing waves over an evaluator version."""
        return self._select(STANDING, _wave.c.fingerprint == fingerprint, _wave.c.kind == WaveKind.STANDING.value)

    def _ids(self, *where: Any) -> list[str]:
        query = select(_wave.c.id).where(self._mine(_wave), _wave.c.complete, *where)
        return list(self._db.execute(query).scalars())

    def _select(self, *where: Any, limit: int | None = None) -> list[Wave]:
        query = select(*_COLUMNS).where(self._mine(_wave), _wave.c.complete, *where)
        query = query.order_by(_wave.c.created_at.desc(), _wave.c.id).limit(limit)
        return [_wave_of(row) for row in self._db.execute(query)]

    # What was begun and never finished.

    def given_up(self, before: datetime) -> list[str]:
        """Waves whose draw began before then and never ended."""
        query = select(_wave.c.id).where(self._mine(_wave), ~_wave.c.complete, _wave.c.created_at < before)
        return list(self._db.execute(query).scalars())

    def drop(self, wave: str) -> None:
        """Forget a wave that was never finished, with its decisions."""
        self._db.execute(delete(_unit).where(self._mine(_unit), _unit.c.wave == wave))
        self._db.execute(delete(_wave).where(self._mine(_wave), _wave.c.id == wave, ~_wave.c.complete))

    # Decisions.

    def decide(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store decisions; a target that a wave has decided on already keeps that."""
        self._put(WaveUnitRow, rows)

    def decisions(self, targets: Collection[Target], waves: Collection[str]) -> dict[Target, dict[str, float]]:
        """The probability of review of each of `waves` in whose frame a target lies, by target."""
        found: dict[Target, dict[str, float]] = defaultdict(dict)
        wanted = set(targets)
        for row in self._units(wanted, waves):
            if (target := (row.target_kind, row.target_id)) in wanted:
                found[target][row.wave] = row.probability
        return found

    def drawn_by(self, targets: Collection[Target], waves: Collection[str]) -> dict[Target, str]:
        """One of `waves` that has drawn a target, by target; those that none has drawn are left out."""
        wanted = set(targets)
        rows = ((row.target_kind, row.target_id, row.wave) for row in self._units(wanted, waves) if row.drawn)
        return {(kind, target): wave for kind, target, wave in sorted(rows) if (kind, target) in wanted}

    def _units(self, targets: Collection[Target], waves: Collection[str]) -> list[Any]:
        columns = (_unit.c.target_kind, _unit.c.target_id, _unit.c.wave, _unit.c.probability, _unit.c.drawn)
        found: list[Any] = []
        for chunk in chunks(sorted(targets)):
            mine = [self._mine(_unit), _unit.c.target_id.in_([target for _, target in chunk])]
            mine.append(_unit.c.target_kind.in_(sorted({kind for kind, _ in chunk})))
            found += self._db.execute(select(*columns).where(*mine, _unit.c.wave.in_(sorted(waves))))
        return found

    # What standing waves wait for.

    def _waited(self, fingerprints: Collection[str]) -> Select[tuple[str]]:
        standing = (STANDING, _wave.c.complete, _wave.c.fingerprint.in_(fingerprints))
        return select(_wave.c.fingerprint).where(self._mine(_wave), *standing).distinct()


def _wave_of(row: Any) -> Wave:
    values = dict(zip((f.name for f in fields(Wave)), row, strict=True))
    try:
        request = WaveRequest.model_validate(values["request"])
    except ValueError:
        # One that says what this version does not know: it is shown with all others, and decides on nothing.
        request = WaveRequest.model_construct(criterion=values["criterion"], rule=values["rule"])
        values["design"] = {}
    return Wave(**values | {"kind": WaveKind(values["kind"]), "request": request})
