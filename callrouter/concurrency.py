"""The only place that starts tasks: every task has a name and an owner who waits for it."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def spawn(group: asyncio.TaskGroup, work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start `work` in `group`; `name` is what logs and leak checks call it."""
    return group.create_task(work, name=name)


async def all_of(works: Iterable[Awaitable[T]]) -> list[T | BaseException]:
    """Run all of `works` at once and wait for every one; errors are returned, not raised."""
    return await asyncio.gather(*works, return_exceptions=True)  # noqa: TID251


async def first_of(works: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Run all of `works` at once until the first ends; the others are cancelled."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work, name="first of several") for work in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
