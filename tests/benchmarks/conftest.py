"""Shares the published demo company of the tests of the pipeline."""

from tests.pipelines.published_demo import published_demo

__all__ = ["published_demo"]
