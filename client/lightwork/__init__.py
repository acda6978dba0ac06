"""Lightwork: lend an idle computer to a training project that its owner chose."""

__version__ = "0.1.0"
