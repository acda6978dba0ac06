"""The float32 Muon takes the same steps as torch's own, which computes in bfloat16."""

import copy

import pytest
import torch

from lightwork.trainer.muon import BatchedMuon, orthogonalise


@pytest.mark.parametrize("shape", [(16, 16), (48, 16), (16, 48)])
def test_singular_values_are_pushed_towards_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(3, *shape)))
    assert values.min() > 0.3
    assert values.max() < 1.3


def test_steps_are_those_of_torch() -> None:
    torch.manual_seed(0)
    mine = [torch.nn.Parameter(torch.randn(shape)) for shape in [(24, 24), (24, 24), (96, 24), (24, 96)]]
    theirs = copy.deepcopy(mine)
    batched, reference = BatchedMuon(mine, lr=0.05), torch.optim.Muon(theirs, lr=0.05)
    for _ in range(6):
        for a, b in zip(mine, theirs, strict=True):
            a.grad = torch.randn_like(a)
            b.grad = a.grad.clone()
        before = [p.detach().clone() for p in mine]
        batched.step()
        reference.step()
        for a, b, old in zip(mine, theirs, before, strict=True):
            moved, expected = (a.detach() - old).flatten(), (b.detach() - old).flatten()
            assert torch.cosine_similarity(moved, expected, dim=0) > 0.999
            assert (moved.norm() / expected.norm()).item() == pytest.approx(1, abs=0.02)
            b.data.copy_(a.data)  # bfloat16's error must not add up over the steps
    assert torch.allclose(
        batched.state[mine[0]]["momentum_buffer"], reference.state[theirs[0]]["momentum_buffer"], atol=1e-6
    )
