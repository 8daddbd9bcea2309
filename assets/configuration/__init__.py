"""The settings of a company: `loyalty.yaml`, typed."""

from assets.configuration.metrics import ACSI_QUESTIONS, REPORT_INDICATORS
from assets.configuration.settings import (
    Company,
    Configuration,
    Paths,
    RetentionPeriods,
    Retries,
    SparkServer,
)
from assets.configuration.sources import Connection, DatabaseSource, FileSource, Source

__all__ = [
    "ACSI_QUESTIONS",
    "REPORT_INDICATORS",
    "Company",
    "Configuration",
    "Connection",
    "DatabaseSource",
    "FileSource",
    "Paths",
    "RetentionPeriods",
    "Retries",
    "Source",
    "SparkServer",
]
