"""The wires, a file each: `project` (volunteer to host), `control` (window to node), `trainer` (to the trainer).

Messages are typed, strict and versioned. Nothing is imported here, so that each process pays only for its own wire.
"""
