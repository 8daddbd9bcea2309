"""Shares the published demo company with the tests of this folder."""

from tests.pipelines.published_demo import published_demo

__all__ = ["published_demo"]
