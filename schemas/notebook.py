"""Records that show themselves in a notebook."""

from collections.abc import Callable
from typing import Any, ClassVar

from pydantic import BaseModel


class Shown(BaseModel):
    """A record that a notebook shows as a page, once it has been told how to make one.

    What makes pages stands far above the records themselves, so the package tells them when it
    is put together, in `extractor/__init__.py`.
    """

    _as_html: ClassVar[Callable[[Any], str] | None] = None

    @classmethod
    def shown_by(cls, as_html: Callable[[Any], str]) -> None:
        """Show records of this class by what `as_html` makes of them."""
        cls._as_html = as_html

    def _repr_html_(self) -> str | None:
        as_html = type(self)._as_html
        return None if as_html is None else as_html(self)
