"""Is this computer free to train? Sensors measure; pure rules turn their readings into reasons to pause."""
