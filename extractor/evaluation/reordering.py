"""A prompt that offers its labels in another order, and is otherwise the same."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel, create_model

from extractor.prompting import Prompt


def reordered(prompt: Prompt) -> Prompt:
    """`prompt` with the values of each enum of its JSON Schemas in reverse order.

    Instructions and examples stay as they are, and so does what counts as a valid answer.
    """
    steps = {
        name: replace(step, schema=_reordered_schema(step.schema))
        for name, step in prompt.steps.items()
    }
    return replace(prompt, steps=steps)


class _Reordered(BaseModel):
    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        schema: dict[str, Any] = _reversed(super().model_json_schema(*args, **kwargs))
        return schema


def _reordered_schema(schema: type[BaseModel]) -> type[BaseModel]:
    # Name and docstring are sent to the model, so they stay.
    return create_model(
        schema.__name__,
        __base__=(_Reordered, schema),
        __doc__=schema.__doc__,
        __module__=schema.__module__,
    )


def _reversed(node: Any) -> Any:
    if isinstance(node, list):
        return [_reversed(item) for item in node]
    if not isinstance(node, dict):
        return node
    turned = {key: _reversed(value) for key, value in node.items()}
    options = node.get("anyOf", [])
    if any("const" in option for option in options):
        # A label of its own beside those of an enum, such as `none`.
        turned["anyOf"].reverse()
    if "enum" in node:
        turned["enum"].reverse()
    return turned
