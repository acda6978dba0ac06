"""Which data a lease gives."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from helpers.tiny_project import RECIPE, make_project
from lightwork.host.leases import choose, lease_seconds, lease_tokens
from lightwork.protocol.manifest import Manifest

ANN, BOB = "a" * 64, "b" * 64


@pytest.fixture
async def manifest(tmp_path: Path) -> Manifest:
    return await make_project(tmp_path)  # 5 shards of 64 tokens


async def test_the_choice_can_be_worked_out_again(manifest: Manifest) -> None:
    lease = choose(manifest, ANN, 3, 0, 128)
    assert choose(manifest, ANN, 3, 0, 128) == lease
    different = [
        choose(manifest, BOB, 3, 0, 128),
        choose(manifest, ANN, 4, 0, 128),
        choose(msgspec.structs.replace(manifest, serial=2), ANN, 3, 0, 128),
        choose(msgspec.structs.replace(manifest, project="b" * 32), ANN, 3, 0, 128),
    ]
    assert len({(one.id, one.seed) for one in [lease, *different]}) == 5
    later = choose(manifest, ANN, 3, 640, 128)
    assert (later.id, later.seed) == (lease.id, lease.seed)  # what was verified moves the data alone


@pytest.mark.parametrize(("tokens", "shards"), [(1, 1), (64, 1), (65, 2), (128, 2), (10**12, 5)])
async def test_a_lease_has_shards_for_its_tokens(manifest: Manifest, tokens: int, shards: int) -> None:
    for number in range(20):
        lease = choose(manifest, ANN, number, 64 * number, tokens)
        assert 1 <= len(lease.shards) <= shards
        assert len(set(lease.shards)) == len(lease.shards)
        assert set(lease.shards) <= set(range(5))
    # only a lease over the end of a pass may be short
    assert any(len(choose(manifest, ANN, 9, 64 * number, tokens).shards) == shards for number in range(20))


@pytest.mark.parametrize("available", [1, 2, 3, 12, 30, 97])
async def test_each_account_meets_every_shard_before_it_meets_one_again(manifest: Manifest, available: int) -> None:
    many = msgspec.structs.replace(manifest, data=(manifest.data[0],) * available)
    for account in (ANN, BOB):
        for walk in range(3):
            met = [choose(many, account, 0, (walk * available + step) * 64, 64).shards for step in range(available)]
            assert sorted(shard for shards in met for shard in shards) == list(range(available))


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("shard_tokens", [16, 64, 100, 1000])
async def test_about_as_much_is_downloaded_as_is_trained_on(
    manifest: Manifest, share: float, shard_tokens: int
) -> None:
    """`share` of what a contribution may hold at most; each is verified two leases later."""
    shard = msgspec.structs.replace(manifest.data[0], length=shard_tokens)
    many = msgspec.structs.replace(manifest, data=(shard,) * 1000)
    most, a_round = lease_tokens(many), int(share * lease_tokens(many) / 2)
    rounds = max(50, 10_000 // (a_round + 1))
    here: set[int] = set()
    for number in range(rounds):
        here |= set(choose(many, ANN, number, max(0, number - 2) * a_round, most).shards)
    trained = a_round * rounds
    assert len(here) * shard_tokens == pytest.approx(trained, abs=2 * most + 2 * shard_tokens + 0.02 * trained)


async def test_training_goes_on_where_it_was_however_many_leases_were_lost(manifest: Manifest) -> None:
    many = msgspec.structs.replace(manifest, data=(manifest.data[0],) * 30)
    assert choose(many, ANN, 5, 640, 128).shards == choose(many, ANN, 50, 640, 128).shards
    first = [set(choose(many, ANN, number, 0, 128).shards) for number in range(4)]
    assert first[0] != first[1] != first[2] == first[3]  # a newcomer's contributions are not all of the same places


async def test_accounts_together_spread_over_the_data(manifest: Manifest) -> None:
    many = msgspec.structs.replace(manifest, data=(manifest.data[0],) * 10)
    met = Counter(choose(many, f"{account:064x}", 0, 0, 64).shards[0] for account in range(1000))
    assert len(met) == 10
    assert max(met.values()) < 2 * min(met.values())  # 100 each, give or take 10


async def test_how_much_and_how_long(manifest: Manifest) -> None:
    assert lease_tokens(manifest) == 2 * 4 * 2 * 8
    assert lease_seconds(manifest) == 7 * 86_400
    slow = msgspec.structs.replace(manifest, recipe=msgspec.structs.replace(RECIPE, round_seconds=86_400.0))
    assert lease_seconds(slow) == 20 * 86_400
