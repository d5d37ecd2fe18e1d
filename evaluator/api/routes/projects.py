"""The project that a key speaks for, and its own names for users. Others are made at the machine itself:
`faithline projects create`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from evaluator.api.routing import resource
from evaluator.api.state import Admin, AppState, Read, State
from evaluator.core.access import Principal, Scope
from evaluator.core.errors import NotFound
from evaluator.pipeline.access.user_keys import set_user_keys

router = resource("/api/v1/projects", "projects")


class ProjectOut(BaseModel):
    """A project, what the caller may do in it, and further names of attributes that hold a user."""

    id: str
    scopes: list[Scope]
    user_keys: list[str]


class UserKeysIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user_keys: list[str]


@router.get("")
def list_projects(state: State, caller: Read) -> list[ProjectOut]:
    """The projects that the caller can reach: the one of its key."""
    return [_shown(state, caller)]


@router.get("/{project_id}")
def show_project(state: State, caller: Read, project_id: str) -> ProjectOut:
    """The caller's own project; every other name is not found, whether or not it exists."""
    _check(caller, project_id)
    return _shown(state, caller)


@router.put("/{project_id}/user-keys")
def put_user_keys(state: State, caller: Admin, project_id: str, body: UserKeysIn) -> ProjectOut:
    """Name all further attributes that hold a user in this project, beside those that are recognised anyway.

    They count within two seconds in every process, for what arrives from then on.
    """
    _check(caller, project_id)
    set_user_keys(state.services.store, caller.project, body.user_keys, state.services.clock, caller.actor)
    state.user_keys.forget(caller.project)
    return _shown(state, caller)


def _check(caller: Principal, project_id: str) -> None:
    if project_id != caller.project:
        raise NotFound("project", project_id)


def _shown(state: AppState, caller: Principal) -> ProjectOut:
    with state.places.read(caller.project) as unit:
        user_keys = unit.projects.user_keys(caller.project)
    return ProjectOut(id=caller.project, scopes=sorted(caller.scopes), user_keys=list(user_keys))
