"""The trainer: the only process that imports torch.

Ending it is how the device's memory is given back, so it may end at any instant.
"""
