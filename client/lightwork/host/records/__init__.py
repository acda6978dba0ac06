"""What a host remembers: accounts, leases, contributions, receipts, rounds and versions. All SQL is in this folder.

Each module holds functions that take a connection, so that several can share one transaction of `database.Database`.
"""
