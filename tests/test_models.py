import pytest

from extractor.errors import ConfigError
from extractor.llm.models import LocalModel, ModelSettings, resolve_model
from extractor.llm.openai_compatible import OpenAICompatible
from extractor.schemas import Usage

SETTINGS: list[tuple[ModelSettings, dict[str, str], str]] = [
    (ModelSettings(model="local/none"), {}, "local/none"),
    (ModelSettings(model="mistral"), {}, "--base-url"),
    (ModelSettings(model="openai/gpt-5-mini"), {}, "OPENAI_API_KEY"),
    (ModelSettings(model="openai/gpt-5-mini", api_key_env="MY_KEY"), {}, "MY_KEY"),
    (ModelSettings(mode="telepathy"), {}, "--mode"),
]


@pytest.mark.parametrize(("settings", "environment", "named"), SETTINGS)
def test_a_wrong_setting_is_named(
    settings: ModelSettings, environment: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        resolve_model(settings, environment=environment)


def test_without_any_setting_the_model_is_embedded_and_free() -> None:
    llm = resolve_model(ModelSettings(), environment={})
    assert isinstance(llm, LocalModel)
    assert llm.price(Usage.zero()) == 0.0


def test_the_environment_names_a_model_and_its_server() -> None:
    environment = {"EXTRACTOR_MODEL": "qwen3", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    llm = resolve_model(ModelSettings(), environment=environment)
    assert isinstance(llm, OpenAICompatible)
    assert llm.name == "qwen3"
    assert llm.price(Usage.zero()) is None


@pytest.mark.parametrize(("model", "known"), [("gpt-4o-mini", True), ("gpt-unheard-of", False)])
def test_prices_are_known_for_listed_models_only(model: str, known: bool) -> None:
    name = f"openai/{model}"
    llm = resolve_model(ModelSettings(model=name), environment={"OPENAI_API_KEY": "x"})
    usage = Usage(input_tokens=1_000_000, cached_tokens=0, output_tokens=0, requests=1)
    price = llm.price(usage)
    assert (price is not None and price > 0) is known


async def test_closing_a_model_that_never_started_does_nothing() -> None:
    llm = resolve_model(ModelSettings(), environment={})
    await llm.aclose()
    await llm.aclose()
