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
    assert choose(manifest, ANN, 3, 128) == choose(manifest, ANN, 3, 128)
    different = [
        choose(manifest, BOB, 3, 128),
        choose(manifest, ANN, 4, 128),
        choose(msgspec.structs.replace(manifest, serial=2), ANN, 3, 128),
        choose(msgspec.structs.replace(manifest, project="b" * 32), ANN, 3, 128),
    ]
    assert len({(lease.id, lease.seed) for lease in [choose(manifest, ANN, 3, 128), *different]}) == 5


@pytest.mark.parametrize(("tokens", "shards"), [(1, 1), (64, 1), (65, 2), (128, 2), (10**12, 5)])
async def test_a_lease_has_shards_for_its_tokens(manifest: Manifest, tokens: int, shards: int) -> None:
    for number in range(20):
        lease = choose(manifest, ANN, number, tokens)
        assert 1 <= len(lease.shards) <= shards
        assert len(set(lease.shards)) == len(lease.shards)
        assert set(lease.shards) <= set(range(5))
    # only a lease over the end of a pass may be short
    assert any(len(choose(manifest, ANN, number, tokens).shards) == shards for number in range(20))


@pytest.mark.parametrize("available", [1, 2, 3, 12, 30, 97])
async def test_each_account_meets_every_shard_before_it_meets_one_again(manifest: Manifest, available: int) -> None:
    many = msgspec.structs.replace(manifest, data=(manifest.data[0],) * available)
    for account in (ANN, BOB):
        for walk in range(3):
            met = [choose(many, account, walk * available + step, 64).shards for step in range(available)]
            assert sorted(shard for shards in met for shard in shards) == list(range(available))


async def test_accounts_together_spread_over_the_data(manifest: Manifest) -> None:
    many = msgspec.structs.replace(manifest, data=(manifest.data[0],) * 10)
    met = Counter(choose(many, f"{account:064x}", 0, 64).shards[0] for account in range(1000))
    assert len(met) == 10
    assert max(met.values()) < 2 * min(met.values())  # 100 each, give or take 10


async def test_how_much_and_how_long(manifest: Manifest) -> None:
    assert lease_tokens(manifest) == 2 * 4 * 2 * 8
    assert lease_seconds(manifest) == 7 * 86_400
    slow = msgspec.structs.replace(manifest, recipe=msgspec.structs.replace(RECIPE, round_seconds=86_400.0))
    assert lease_seconds(slow) == 20 * 86_400
