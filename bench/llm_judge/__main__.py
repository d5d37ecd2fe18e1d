"""Download the judge: `make bench-judge`."""

from bench.llm_judge.judge import install

install()
