import asyncio
import time

from callrouter.commands.run import EventLoop


def test_the_loop_tells_what_time_it_is_also_within_one_turn() -> None:
    async def told() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        began, until = loop.time(), time.monotonic() + 0.003
        while time.monotonic() < until:
            pass
        return began, loop.time()

    before = time.monotonic()
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        began, ended = runner.run(told())
    assert before <= began
    assert began + 0.003 <= ended <= time.monotonic()


def test_what_is_to_come_at_a_time_does_not_come_a_millisecond_before() -> None:
    async def came() -> float:
        loop = asyncio.get_running_loop()
        at, over = loop.time() + 0.05, loop.create_future()
        loop.call_at(at, over.set_result, None)
        await over
        return loop.time() - at

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        assert -0.001 < runner.run(came()) < 5.0
