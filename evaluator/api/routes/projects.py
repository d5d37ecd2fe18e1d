"""The project that a key speaks for. Others are made at the machine itself: `faithline projects create`."""

from __future__ import annotations

from pydantic import BaseModel

from evaluator.api.routing import resource
from evaluator.api.state import Read
from evaluator.core.access import Scope
from evaluator.core.errors import NotFound

router = resource("/api/v1/projects", "projects")


class ProjectOut(BaseModel):
    """A project, and what the caller may do in it."""

    id: str
    scopes: list[Scope]


@router.get("")
def list_projects(caller: Read) -> list[ProjectOut]:
    """The projects that the caller can reach: the one of its key."""
    return [ProjectOut(id=caller.project, scopes=sorted(caller.scopes))]


@router.get("/{project_id}")
def show_project(caller: Read, project_id: str) -> ProjectOut:
    """The caller's own project; every other name is not found, whether or not it exists."""
    if project_id != caller.project:
        raise NotFound("project", project_id)
    return ProjectOut(id=caller.project, scopes=sorted(caller.scopes))
