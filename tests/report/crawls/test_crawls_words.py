"""What is said of crawls."""

from concur.report import crawls_words


def said(run) -> str:
    return "\n".join(crawls_words.sentences(run))


def test_a_wrong_crawl_comes_before_any_ranking(make):
    wrong = make.cell("polling", [1], of_trials={"verdict": "wrong", "reason": "/p/1 was never asked for"})
    cells = [make.cell("threads", [1000]), make.cell("callbacks", [1500]), wrong]
    first, second, *_ = crawls_words.sentences(make.run(cells))
    assert first == "In near, polling crawled wrongly and is not ranked: /p/1 was never asked for."
    assert second.startswith("In near, callbacks fetched most, 1,500 pages/s; threads least")
    assert "exactly the right pages" not in said(make.run(cells))


def test_all_right_is_said_of_runs_without_a_fault(make):
    assert "All 3 crawls fetched exactly the right pages, 3,000 in all." in said(make.run([make.cell()]))


def test_latency_bounds_those_on_the_line(make):
    cells = [make.cell(name, [rate], "far", ideal_per_s=400, of_trials={"busy": 0.4})
             for name, rate in (("threads", 372), ("callbacks", 388), ("processes", 200))]  # fmt: skip
    told = said(make.run(cells))
    assert "20 in flight / 50.0 ms of latency = 400 pages/s is what latency allows: 93–97 % of it" in told
    assert "busy 40 % of their time, processes had CPU time to spare" in told


def test_the_cpu_bounds_those_that_have_none_left(make):
    told = said(make.run([make.cell("threads", [1000]), make.cell("callbacks", [2000])]))
    assert "callbacks, threads: no CPU time was left, so the rate is the CPU's" in told
    assert "a page costs them 495 µs to 990 µs, links by html.parser included" in told


def test_who_asks_for_one_at_a_time_waits_for_it(make):
    cells = [make.cell("threads"), make.cell("sequential", in_flight=1, is_fewer=True, of_trials={"busy": 0.1})]
    assert "sequential waited for one answer at a time" in said(make.run(cells))


def test_the_web_as_the_limit_is_no_figure_of_the_crawler(make):
    bound = make.cell("callbacks", of_trials={"verdict": "web-bound", "busy": 0.5})
    assert "the web was the limit of callbacks" in said(make.run([make.cell("threads"), bound]))


def test_a_crawl_that_warmed_up_is_told_with_its_jit(make):
    warm = make.cell("threads")
    warm.second_half, warm.observed = 1.8, {"jit": True}
    assert "threads fetched the second half 1.80× as fast as the first: its JIT warms up" in said(make.run([warm]))


def test_the_ceiling_is_at_least_that_where_the_asking_was_the_busier(make):
    run = make.run([make.cell()])
    assert "The web serves 8,000 pages/s of 20 links, 10 KiB without latency." in said(run)
    (one,) = run.ceilings
    run.ceilings = [type(one)(links=20, page_bytes=10240, pages_per_s=8000, server_busy=0.4, client_busy=0.9)]
    assert "or more: whoever asked was busier" in said(run)


def test_few_rounds_describe_and_ten_are_judged(make):
    few = make.run([make.cell("threads", [1000] * 3), make.cell("callbacks", [1500] * 3)])
    assert "3 rounds describe; for a verdict: concur bench --service crawl -r 12" in said(few)
    many = make.run([make.cell("threads", [1000] * 12), make.cell("callbacks", [1500] * 12)])
    assert "against threads over 12 rounds: faster: callbacks 1.50×" in said(many)


def test_the_next_command_is_the_parser_and_then_the_sweep(make):
    assert said(make.run([make.cell()])).endswith("Next: concur bench --service crawl --parser fastest")
    assert said(make.run([make.cell()], parser="selectolax")).endswith("Next: concur bench --service crawl --sweep")


def test_an_interrupted_run_says_so(make):
    assert "The run did not end: 3 crawls are here" in said(make.run([make.cell()], complete=False))
