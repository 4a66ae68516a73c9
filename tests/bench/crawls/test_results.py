"""What a run of crawls leaves behind."""

import msgspec
import pytest

from concur.bench.crawls.results import load
from concur.errors import UsageError


def test_a_run_comes_back_as_it_was(make, tmp_path):
    run, path = make.run([make.cell()]), tmp_path / "run.json"
    path.write_bytes(msgspec.json.encode(run))
    assert load(path) == run


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "no whole run of crawls"),
        (b'{"schema": 2}', "no run of crawls"),
        (b'{"schema": 99, "service": "crawl"}', "schema 99"),
        (b'{"schema": 1, "service": "crawl"}', "no whole run of crawls"),
    ],
)
def test_what_is_none_is_refused(tmp_path, content, message):
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        load(path)


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path / "nothing")


def test_a_rate_is_pages_over_the_crawlers_own_time(make):
    assert make.trial(1, 500, took_ns=2 * 10**9).rate_per_s == 250
    assert make.trial(1, 500, took_ns=0).rate_per_s == 0
