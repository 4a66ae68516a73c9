"""URLs by number; a million of them in memory that a laptop has."""

import subprocess
import sys

import pytest

from concur.crawl.known import Known

ORIGINS = (("http", "a.test", 80), ("https", "b.test", 8443))
MOST_BYTES = 400 * 10**6

# A crawl of 50,000 pages with 20 new links each, of a depth that makes it keep them.
MILLION = """
from concur.accounting import usage
from concur.crawl.frontier import Fetched, Frontier, Plan
from concur.wire.urls import Url

frontier = Frontier(Plan((Url("http", "a.test", 80, "/"),), max_depth=9, obey_robots=False))
for page in range(50_000):
    job = frontier.take(0)
    path = f"/section-{page % 97}/articles/2024/page-{page:07d}.html?view=full&item="
    links = [Url("http", "a.test", 80, path + str(link)) for link in range(20)]
    frontier.settle(job, Fetched(200, links), 0)
assert frontier.counts.known == 1_000_001, frontier.counts
print(usage()["maximum_rss_kib"] * 1024)
"""


def test_a_url_has_one_number_and_comes_back_whole():
    urls = Known(ORIGINS)
    numbers = [urls.number(site, path) for site, path in [(0, "/"), (1, "/"), (0, "/a?b"), (0, "/")]]
    assert numbers == [0, 1, 2, 0]
    assert [str(urls.url(number)) for number in range(3)] == [
        *("http://a.test/", "https://b.test:8443/", "http://a.test/a?b")
    ]
    assert (urls.find(0, "/a?b"), urls.find(1, "/a?b"), len(urls)) == (2, None, 3)


def test_a_journal_names_a_url_by_its_site_only_where_that_differs():
    urls = Known(ORIGINS)
    page, same, other = urls.number(0, "/"), urls.number(0, "/1/a"), urls.number(1, "/1/a")
    assert [urls.text(same, page), urls.text(other, page)] == ["/1/a", "1/1/a"]
    assert [urls.named("/1/a", page), urls.named("1/1/a", page), urls.named("/1/a", other)] == [same, other, other]


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_million_known_urls_take_less_than_400_mb():
    ran = subprocess.run([sys.executable, "-c", MILLION], capture_output=True, text=True, timeout=110)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < MOST_BYTES
