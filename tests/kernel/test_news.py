"""News: it is heard whether it comes before the wait, in it, or not at all within the time."""

import pytest

from concur.kernel.news import News
from concur.kernel.tasks import Cancelled, Group, Kernel, spawn
from concur.kernel.trampoline import sleep


def run(main):
    return Kernel().run(main)


def test_news_that_came_before_the_wait_is_heard_once():
    async def main() -> list[str]:
        news, heard = News(), []
        news.come()
        news.come()
        await news.wait()
        heard.append("first")
        await news.wait(0.001)
        return [*heard, "time"]

    assert run(main()) == ["first", "time"]


def test_news_wakes_who_waits():
    async def main() -> str:
        news = News()

        async def tell() -> None:
            await sleep(0)
            news.come()

        await spawn(tell())
        await news.wait()
        return "woken"

    assert run(main()) == "woken"


def test_who_waits_can_be_cancelled_and_news_finds_nobody():
    async def main() -> str:
        news = News()

        async def wait() -> None:
            with pytest.raises(Cancelled):
                await news.wait(100)
            raise Cancelled

        async with Group() as group:
            await group.spawn(wait())
            await sleep(0)
            group.cancel()
        news.come()
        return "done"

    assert run(main()) == "done"
