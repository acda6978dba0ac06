"""One host and three volunteers, each its own process: equal weights after every round, and each its own credit."""

from pathlib import Path

import pytest

from helpers.books import check, read_host
from helpers.town import settle, town, wait_until
from lightwork.protocol import control as wire

ROUNDS = 20


@pytest.mark.processes
def test_weights_stay_equal_and_each_is_credited_for_its_own_tokens(tmp_path: Path) -> None:
    with town(tmp_path, 3) as (host, people):
        accounts = {person.status().account: person for person in people}
        assert len(accounts) == 3
        for person in people:
            person.ask(wire.Contribute, link=host.link)
        for person in people:
            wait_until(lambda p=person: len(p.log("merged")) >= ROUNDS, 150, "20 rounds")  # type: ignore[misc]
        settle(host, people)
        for person in people:
            person.stop()
        host.stop()
        books = read_host(tmp_path / "project", list(accounts))
        for account, person in accounts.items():
            merged = {entry["version"]: entry["digest"] for entry in person.log("merged")}
            assert len(merged) >= ROUNDS
            assert all(books.digests[version] == digest for version, digest in merged.items())
            sent = {entry["digest"]: entry["tokens"] for entry in person.log("acknowledged")}
            credited = {receipt.contribution: receipt.tokens for receipt in books.receipts[account]}
            assert credited.items() >= sent.items()
            assert len(credited) <= len(sent) + 1  # the one under way when it stopped, whose answer it did not hear
        verified = check(books, {account: person.home for account, person in accounts.items()})
        assert verified >= 2 * ROUNDS  # most rounds had all three; none had to wait for the slowest for ever
