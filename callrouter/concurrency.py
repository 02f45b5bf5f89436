"""The only place that starts tasks: every task has a name and an owner who waits for it.

The law: no error is lost. What is expected comes back as a value; anything else is raised, when
everything that was started has ended.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar, overload

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


def spawn(group: asyncio.TaskGroup, work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start `work` in `group`; `name` is what logs and leak checks call it."""
    return group.create_task(work, name=name)


@overload
async def all_of(works: Iterable[Awaitable[T]]) -> list[T]: ...
@overload
async def all_of(works: Iterable[Awaitable[T]], *, expected: type[E]) -> list[T | E]: ...
async def all_of(
    works: Iterable[Awaitable[T]], *, expected: type[E] | None = None
) -> list[T] | list[T | E]:
    """Run all of `works` at once and wait for every one, also for the rest when one fails.

    Errors of the type `expected` are among the results. The first of any other is raised, with
    the rest as its notes.
    """
    works = list(works)
    if not works:
        return []
    if len(works) == 1:  # most often: a task of its own would cost more than many a work
        return [await _outcome(works[0], expected)]
    results = await asyncio.gather(*works, return_exceptions=True)  # noqa: TID251
    errors = [each for each in results if isinstance(each, BaseException)]
    bugs = [each for each in errors if expected is None or not isinstance(each, expected)]
    if bugs:
        for other in bugs[1:]:
            bugs[0].add_note(f"at the same time: {other!r}")
        raise bugs[0]
    return results  # type: ignore[return-value]


async def _outcome(work: Awaitable[T], expected: type[E] | None) -> T | E:
    try:
        return await work
    except Exception as error:
        if expected is None or not isinstance(error, expected):
            raise
        return error


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What a group of tasks failed of, out of all its wrappings."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def first_of(works: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Run all of `works` at once until the first ends; the others are cancelled.

    Raises what the first raised, if it did, in an ExceptionGroup.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work, name="first of several") for work in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], *, name: str) -> AsyncIterator[None]:
    """Run `work` beside what is done within the context; at its end it is cancelled, and over.

    What it raised by itself is raised then.
    """
    task = asyncio.get_running_loop().create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
