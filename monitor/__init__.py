"""Watches live-commerce streams for refund schemes and flags them with evidence."""

__version__ = "0.1.0"
