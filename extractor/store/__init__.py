"""Where a run keeps what it has done: a SQLite ledger that survives a crash."""
