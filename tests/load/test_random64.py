from itertools import islice

from concur.load.random64 import splitmix64


def test_words_are_those_of_the_reference_implementation() -> None:
    """The first outputs for seed 1234567, as published with the reference C code."""
    assert list(islice(splitmix64(1234567), 5)) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
