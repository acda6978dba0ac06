"""The volunteer's own ledger: contributions, receipts and every byte on the wire."""
