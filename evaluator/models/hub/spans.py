"""A token classifier that reads the passages and the question, and marks what the answer makes up.

Kovács and Recski, *LettuceDetect: A Hallucination Detection Framework for RAG Applications*, arXiv 2502.17125.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator.models.encoder.batching import Row
from evaluator.models.encoder.tokens import Ints, Pieces, check_count
from evaluator.models.hub.loading import Network
from evaluator.models.hub.running import badness, probabilities, run_rows
from evaluator.text.support import SupportIndex
from evaluator.text.windows import split_windows

Floats = npt.NDArray[np.float32]

QUESTION_PROMPT = (
    "Briefly answer the following question:\n{question}\n"
    "Bear in mind that your response should be strictly based on the following {count} passages:\n{passages}\n"
    "In case the passages do not contain the necessary information to answer the question, please reply with: "
    '"Unable to answer based on given passages."\noutput:'
)
"""What RAGTruth's answers to questions were asked for with, and the model read in training."""
SUMMARY_PROMPT = "Summarize the following text:\n{passages}\noutput:"
"""The same for answers without a question."""

_OVERLAP = 32
"""Tokens that neighbouring parts of an over-long answer share."""
_ANSWER_SHARE, _QUESTION_SHARE, _WINDOW_SHARE = 3, 6, 6
"""Where not all fits: one part in so many of the model's length for the answer, the question, a window."""
_MAX_PROMPTS = 3
"""Prompts that are read for a part of an answer, where the context does not fit into one."""
_MAX_PARTS = 64
"""Parts of an answer that are read: with a model of 4096 tokens more than 80,000 tokens of it."""
_LISTING = 8
"""Tokens that listing a passage takes beside its own, at most."""


class Case(NamedTuple):
    """An answer to be read, with its question ("" for none) and passages."""

    question: str
    passages: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class AnswerTokens:
    """For each token of an answer: its characters, and P(not carried by the passages) in [0, 1].

    `prompts` is the number of prompts that were read, `unread` that of the windows of context in none of them, and
    `truncated` says whether something was too long to be read whole: the question, an endless word, or an answer of
    more parts than are read, whose other tokens have the risk 0.
    """

    starts: Ints
    ends: Ints
    risks: Floats
    prompts: int
    unread: int
    truncated: bool


class _Window(NamedTuple):
    """A window of context, and the tokens that it takes in a prompt."""

    text: str
    size: int


class _Job(NamedTuple):
    case: int
    first: int
    prompt: Ints
    answer: Ints


def prompt_of(question: str, passages: Sequence[str]) -> str:
    """The prompt for some passages, word for word as in training."""
    listed = "\n".join(f"passage {i}: {passage}" for i, passage in enumerate(passages, 1))
    template = QUESTION_PROMPT if question else SUMMARY_PROMPT
    return template.format(question=question, count=len(passages), passages=listed)


class SpanReader:
    """P(made up) of every token of an answer."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._tokenizer = network.tokenizer

    def predict(self, cases: Sequence[Case]) -> list[AnswerTokens]:
        """The tokens of each case's answer, in order.

        Context and answer that fit into the model are read at once. Otherwise the answer is read in overlapping
        parts, each beside windows of the context: those that share most of its words, in as many prompts as are
        allowed. A token is as supported as the prompt that supports it best says.
        """
        answers = self._tokenizer.encode([case.answer for case in cases])
        jobs: list[_Job] = []
        facts: list[tuple[int, bool]] = []
        for index, (case, pieces) in enumerate(zip(cases, answers, strict=True)):
            unread, cut = 0, False
            if len(pieces.ids):
                found, unread, cut = self._jobs(index, case, pieces)
                jobs.extend(found)
            facts.append((unread, cut))
        risks = [np.full(len(pieces.ids), np.inf, dtype=np.float32) for pieces in answers]
        for job, values in self._run(jobs):
            part = slice(job.first, job.first + len(values))
            risks[job.case][part] = np.minimum(risks[job.case][part], values)
        counts = np.bincount([job.case for job in jobs], minlength=len(cases))
        return [
            AnswerTokens(pieces.starts, pieces.ends, np.where(np.isinf(values), 0, values), int(count), unread, cut)
            for pieces, values, count, (unread, cut) in zip(answers, risks, counts, facts, strict=True)
        ]

    def _run(self, jobs: Sequence[_Job]) -> Iterator[tuple[_Job, Floats]]:
        frame = self._tokenizer.pair

        def row(index: int) -> Row:
            return frame.row(jobs[index].prompt, jobs[index].answer)

        lengths = [len(job.prompt) + len(job.answer) + frame.size for job in jobs]
        check_count(sum(lengths))
        for batch, logits in run_rows(self._network, lengths, row):
            values = badness(probabilities(logits, self._network.use), self._network.use).cpu().numpy()
            for place, index in enumerate(batch):
                end = lengths[index] - len(frame.after)
                yield jobs[index], values[place, end - len(jobs[index].answer) : end].astype(np.float32)

    def _jobs(self, index: int, case: Case, answer: Pieces) -> tuple[list[_Job], int, bool]:
        """What to run for one case, how many windows that leaves unread, and whether something was truncated."""
        room = self._network.use.max_length - self._tokenizer.pair.size
        whole = self._tokenizer.encode([prompt_of(case.question, case.passages)])[0].ids
        if len(whole) + len(answer.ids) <= room:
            return [_Job(index, 0, whole, answer.ids)], 0, False
        question = self._shortened(case.question, room // _QUESTION_SHARE)
        windows = self._windows(case.passages, room // _WINDOW_SHARE)
        ranking = SupportIndex([window.text for window in windows])
        frame = len(self._tokenizer.encode([prompt_of(question, [""])])[0].ids)
        jobs: list[_Job] = []
        read: set[int] = set()
        size = max(2, room // _ANSWER_SHARE)
        overlap = min(_OVERLAP, size // 2)
        parts = answer.chunks(size, overlap)
        truncated = question != case.question or len(parts) > _MAX_PARTS
        for number, part in enumerate(parts[:_MAX_PARTS]):
            text = case.answer[int(part.starts[0]) : int(part.ends[-1])]
            space = room - len(part.ids)
            groups = _grouped(ranking.rank_windows(text), [window.size for window in windows], space - frame)
            prompts = [prompt_of(question, [windows[place].text for place in group]) for group in groups]
            for ids, group in zip(self._tokenizer.encode(prompts), groups, strict=True):
                jobs.append(_Job(index, number * (size - overlap), ids.ids[:space], part.ids))
                read.update(group)
                truncated |= len(ids.ids) > space
        return jobs, len(windows) - len(read), truncated

    def _windows(self, passages: Sequence[str], size: int) -> list[_Window]:
        """The passages in windows of about `size` tokens at most, what is longer cut by its tokens."""
        texts = [window.text for window in split_windows(passages, max_pieces=min(self._network.use.window, size))]
        return [
            _Window(text[int(part.starts[0]) : int(part.ends[-1])], len(part.ids) + _LISTING)
            for text, pieces in zip(texts, self._tokenizer.encode(texts), strict=True)
            for part in pieces.chunks(size)
            if len(part.ids)
        ]

    def _shortened(self, question: str, size: int) -> str:
        pieces = self._tokenizer.encode([question])[0]
        return question if len(pieces.ids) <= size else question[: int(pieces.ends[size - 1])]


def _grouped(order: Sequence[int], sizes: Sequence[int], space: int) -> list[list[int]]:
    """Windows for at most so many prompts of `space` tokens, those that come first in `order`; at least one group."""
    groups: list[list[int]] = []
    left = 0
    for place in order:
        if not groups or sizes[place] > left:
            if len(groups) == _MAX_PROMPTS:
                break
            groups.append([])
            left = space
        groups[-1].append(place)
        left -= sizes[place]
    return [sorted(group) for group in groups] or [[]]
