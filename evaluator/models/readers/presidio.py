"""Microsoft Presidio as a finder of personal data, where the extra ``presidio`` is installed."""

from __future__ import annotations

import importlib.util
import logging
import re
from collections.abc import Collection, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from evaluator.core.errors import InvalidInput, ModelUnavailable
from evaluator.text.pii.recognizer import PiiSpan

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

DEFAULT_MODEL = "en_core_web_lg"
ENTITIES = {
    "phone": ("PHONE_NUMBER",),
    "credit_card": ("CREDIT_CARD",),
    "iban": ("IBAN_CODE",),
    "bank_routing": ("ABA_ROUTING_NUMBER",),
    "crypto_wallet": ("CRYPTO",),
    "us_ssn": ("US_SSN",),
    "uk_nhs": ("UK_NHS",),
    "passport": ("US_PASSPORT",),
    "driver_license": ("US_DRIVER_LICENSE",),
    "ip_address": ("IP_ADDRESS",),
    "person": ("PERSON",),
}
"""What Presidio calls the kinds that it knows as we mean them. Its places and dates are wider than ours, and for mail
addresses it looks into a list that it loads from the network."""

_LANGUAGE = "en"
_PIECE = 50_000
"""Most characters read at a time: spaCy refuses texts of a million."""
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


class Presidio:
    """A Presidio analyzer over a spaCy model. Imports neither before `open`."""

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        """Raises InvalidInput for no name of a package, ModelUnavailable for what is not installed."""
        if not isinstance(model, str) or not _PACKAGE.fullmatch(model):
            raise InvalidInput("parameters.presidio_model", f"must name a spaCy package, got {model!r}")
        # Presidio would load a missing model from the network by itself.
        for package, remedy in (
            ("presidio_analyzer", "pip install 'faithline[presidio]'"),
            (model, f"python -m spacy download {model}"),
        ):
            if importlib.util.find_spec(package) is None:
                raise ModelUnavailable(f"{package} is not installed. Install it with `{remedy}`")
        self.model = model
        self._analyzer: AnalyzerEngine | None = None

    @property
    def versions(self) -> dict[str, str]:
        """What is installed, as another version gives other numbers."""
        return {package: _version(package) for package in ("presidio_analyzer", "spacy", self.model)}

    def open(self) -> None:
        """Load the model; again, it does nothing."""
        if self._analyzer is not None:
            return
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider

        # It logs what it leaves out, for every text.
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        models = [{"lang_code": _LANGUAGE, "model_name": self.model}]
        engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
        self._analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=[_LANGUAGE])

    def close(self) -> None:
        self._analyzer = None

    def find(self, text: str, kinds: Collection[str], threshold: float) -> list[PiiSpan]:
        """Values of `kinds` (those of `ENTITIES`) with at least the confidence `threshold`; they may overlap."""
        if self._analyzer is None:
            raise ModelUnavailable("Presidio is not open: call open() first")
        names = {entity: kind for kind in kinds for entity in ENTITIES[kind]}
        supported = set(self._analyzer.get_supported_entities(_LANGUAGE))
        asked = [entity for entity in names if entity in supported]
        found = []
        for start, piece in _pieces(text) if asked else ():
            for result in self._analyzer.analyze(piece, _LANGUAGE, entities=asked, score_threshold=threshold):
                kind = names[result.entity_type]
                found.append(PiiSpan(start + result.start, start + result.end, kind, float(result.score)))
        return [span for span in found if span.start < span.end]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Pieces that are read one by one, cut at a blank where there is one, with their offsets."""
    start = 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text):
            blank = text.rfind(" ", start + _PIECE // 2, end)
            end = blank if blank > 0 else end
        # A lone surrogate has no UTF-8 form, in which spaCy keeps its words.
        yield start, text[start:end].encode("utf-8", "replace").decode("utf-8")
        start = end
