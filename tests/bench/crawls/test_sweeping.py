"""Where a model leaves the line of latency."""

from concur.bench.crawls import sweeping


def test_a_curve_has_its_points_in_order_and_why_there_are_no_more(make):
    run = make.swept({"threads": {10: 195, 1: 19, 100: 900}, "sequential": {1: 19.5}})
    threads, sequential = sweeping.curves(run, "far")
    assert [cell.in_flight for cell in threads.cells] == [1, 10, 100]
    assert [cell.in_flight for cell in sequential.cells] == [1]
    assert "one page at a time" in sequential.absent


def test_it_follows_the_line_until_the_first_point_below_it(make):
    run = make.swept({"threads": {1: 19, 10: 195, 20: 300, 50: 990}})
    (curve,) = sweeping.curves(run, "far")
    assert sweeping.follows_to(curve) == 10
    assert [cell.in_flight for cell in sweeping.beyond(curve)] == [20, 50]
    assert sweeping.best(curve.cells) is curve.cells[-1]
    assert sweeping.best([]) is None


def test_who_is_below_the_line_from_the_first_follows_it_nowhere(make):
    (curve,) = sweeping.curves(make.swept({"threads": {1: 10, 10: 195}}), "far")
    assert sweeping.follows_to(curve) == 0


def test_only_variants_are_swept(make):
    assert sweeping.swept(make.swept({"threads": {1: 19, 10: 195}})) == ["far"]
    assert sweeping.swept(make.run([make.cell()])) == []
