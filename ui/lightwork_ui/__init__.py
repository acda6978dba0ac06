"""The window: it shows one snapshot of the node and sends commands. Closing it, or its crash, leaves training alone."""
