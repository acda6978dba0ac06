"""The ground that every other room stands on: names, states, errors and the snapshot. No I/O and no framework."""
