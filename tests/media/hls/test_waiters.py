import asyncio

import pytest

from media.errors import ReloadTimeout, TooManyWaiting
from media.hls.waiters import Waiters


async def test_who_came_first_is_woken_first() -> None:
    waiters, woken, there = Waiters(10), list[int](), list[bool]()

    async def wait(number: int) -> None:
        await waiters.until("v360", lambda: bool(there), 5)
        woken.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(5)]
    while waiters.count < 5:
        await asyncio.sleep(0)
    there.append(True)
    waiters.wake("audio")
    await asyncio.sleep(0)
    assert not woken
    waiters.wake("v360")
    await asyncio.gather(*tasks)
    assert woken == list(range(5))
    assert waiters.count == 0


async def test_nobody_waits_for_good_and_not_everybody_may() -> None:
    waiters = Waiters(1)
    waiting = asyncio.create_task(waiters.until("", lambda: False, 0.01))
    while not waiters.count:
        await asyncio.sleep(0)
    with pytest.raises(TooManyWaiting):
        await waiters.until("", lambda: False, 5)
    with pytest.raises(ReloadTimeout):
        await waiting


async def test_who_left_is_passed_over_and_the_others_have_their_time() -> None:
    waiters, there = Waiters(10), list[bool]()
    gone = asyncio.create_task(waiters.until("", lambda: bool(there), 5))
    short = asyncio.create_task(waiters.until("", lambda: bool(there), 0.01))
    long = asyncio.create_task(waiters.until("", lambda: bool(there), 5))
    while waiters.count < 3:
        await asyncio.sleep(0)
    gone.cancel()
    waiters.wake("")  # nothing has changed: they wait on, in another order of deadlines
    with pytest.raises(ReloadTimeout):
        await short
    there.append(True)
    waiters.wake("")
    await long
    assert waiters.count == 0
