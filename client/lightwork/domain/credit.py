"""What training is worth. Anyone can work it out from public numbers, on any hardware."""

OPERATIONS_PER_CREDIT = 10**15


def training_operations(parameters: int, tokens: int) -> int:
    """Floating-point operations to train `parameters` on `tokens` tokens: 6 N D.

    Two operations per parameter and token forwards and four backwards (Kaplan et al. 2020,
    "Scaling Laws for Neural Language Models", section 2.1).
    """
    return 6 * parameters * tokens


def credits(operations: int) -> float:  # noqa: A001  the builtin of that name is a banner
    """Operations as credits: 1 credit is 10^15 verified training operations."""
    return operations / OPERATIONS_PER_CREDIT
