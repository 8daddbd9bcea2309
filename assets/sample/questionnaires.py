"""What the surveys ask: their questions, scales and directions."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from assets.sample import parameters as declared


@dataclass(frozen=True)
class Question:
    """One question of a survey."""

    survey_id: str
    question_id: str
    measure: str
    scale_min: int
    scale_max: int
    parameter: str | None = None
    block: str | None = None
    lower_is_better: bool = False

    @property
    def width(self) -> int:
        """Steps between the ends of the scale."""
        return self.scale_max - self.scale_min


def _csi(survey_id: str, scale_max: int) -> tuple[Question, ...]:
    return tuple(
        Question(survey_id, f"{measure}_{p.name}", f"csi_{measure}", 1, scale_max, p.name, p.block)
        for measure in ("satisfaction", "importance")
        for p in declared.CSI_PARAMETERS
    )


RELATIONSHIP = (
    *_csi("relationship", 10),
    Question("relationship", "nps", "nps", 0, 10),
    Question("relationship", "reverse_nps", "reverse_nps", 1, 10),
    *(Question("relationship", f"acsi_{name}", f"acsi_{name}", 1, 10) for name in ("overall", "expectations", "ideal")),
    *(
        Question("relationship", f"cli_{name}", f"cli_{name}", 1, 6, lower_is_better=True)
        for name in ("recommend", "repurchase", "try_other")
    ),
)
STORE_VISIT = (
    *_csi("store_visit", 5),
    Question("store_visit", "csat", "csat", 1, 5),
    Question("store_visit", "ces", "ces", 1, 10, lower_is_better=True),
)
SERVICE_QUALITY = tuple(
    Question(
        "service_quality", f"{kind}_{dimension}_{item}", f"servqual_{kind}", 1, 7, f"{dimension} {item}", dimension
    )
    for kind in ("expectation", "perception")
    for dimension in declared.SERVQUAL
    for item in (1, 2)
)
MARKET = _csi("market", 10)
PRODUCT_PANEL = tuple(
    Question("product_panel", f"quality_{name.replace(' ', '_')}", "product_quality", 1, 10, name, "product")
    for name in declared.QUALITY_INDICES
)
ALL_QUESTIONS = (*RELATIONSHIP, *STORE_VISIT, *SERVICE_QUALITY, *MARKET, *PRODUCT_PANEL)


def question_rows() -> pl.DataFrame:
    """Give the rows of `survey_questions`."""
    return pl.DataFrame(
        {
            "survey_id": [q.survey_id for q in ALL_QUESTIONS],
            "question_id": [q.question_id for q in ALL_QUESTIONS],
            "measure": [q.measure for q in ALL_QUESTIONS],
            "parameter": [q.parameter for q in ALL_QUESTIONS],
            "block": [q.block for q in ALL_QUESTIONS],
            "scale_min": [float(q.scale_min) for q in ALL_QUESTIONS],
            "scale_max": [float(q.scale_max) for q in ALL_QUESTIONS],
            "direction": ["lower_is_better" if q.lower_is_better else "higher_is_better" for q in ALL_QUESTIONS],
        },
        schema_overrides={"parameter": pl.String, "block": pl.String},
    )
