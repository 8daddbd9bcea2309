"""Demo data with known truths: every entity of a company that never was, for `loyalty sample`, tests and benchmarks."""

from assets.sample.truths import CsiTruth, SampleTruths
from assets.sample.writing import write_sample

__all__ = ["CsiTruth", "SampleTruths", "write_sample"]
