"""Which devices this computer has, and how they are doing. One file a maker; nothing here imports torch."""
