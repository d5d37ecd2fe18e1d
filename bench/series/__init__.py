"""Latency of rates over millions of scores."""
