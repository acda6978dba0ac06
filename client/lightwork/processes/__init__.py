"""Child processes: how a trainer is started, asked, waited for, and in the end killed."""
