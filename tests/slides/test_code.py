"""Quotations: the lines of the source, by name."""

import pytest

from concur.errors import UsageError
from concur.slides.code import ROOT, quoted

SOURCE = '''"""Module."""
LIMIT: int = 3
a = b = 1


@wrapped
class Two:
    """What it is."""

    def method(self):
        """Says.

        More.
        """

        return 1
'''


@pytest.fixture
def root(tmp_path):
    (tmp_path / "two.py").write_text(SOURCE)
    return tmp_path


def test_a_method_is_quoted_without_its_indentation(root):
    text = quoted("two.py:Two.method", root)
    assert text.startswith("def method(self):\n    ")
    assert text.endswith("    return 1\n")


def test_decorators_belong_to_it(root):
    assert quoted("two.py:Two", root).startswith("@wrapped\nclass Two:\n")


def test_a_docstring_can_be_left_out(root):
    assert quoted("two.py:Two.method#body", root) == "def method(self):\n    return 1\n"


@pytest.mark.parametrize(("name", "line"), [("LIMIT", "LIMIT: int = 3\n"), ("b", "a = b = 1\n")])
def test_an_assignment_is_quoted_by_its_name(root, name, line):
    assert quoted(f"two.py:{name}", root) == line


def test_a_file_alone_is_all_of_it(root):
    assert quoted("two.py", root) == SOURCE


@pytest.mark.parametrize(
    "reference", ["none.py:Two", "two.py:Tow", "two.py:Two.other", "../two.py:Two", "", "/etc/passwd"]
)
def test_an_unknown_reference_is_one_message_that_names_it(root, reference):
    with pytest.raises(UsageError) as error:
        quoted(reference, root / "sub" if reference.startswith("..") else root)
    assert str(error.value).startswith(f"unknown code reference '{reference}': ")


def test_the_nearest_name_is_proposed(root):
    with pytest.raises(UsageError, match="Did you mean Two"):
        quoted("two.py:Tow", root)


def test_the_project_is_quoted_as_it_is():
    assert quoted("concur/errors.py:UsageError") in (ROOT / "concur/errors.py").read_text()
