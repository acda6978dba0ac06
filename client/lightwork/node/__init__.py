"""The volunteer: watches the computer, decides, talks to the host, keeps the ledger, supervises the trainer."""
