"""The tables of the ledger, and the named steps that bring an older one up to date."""

STEPS = (
    (
        "first tables",
        """
        CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        -- One row for each question to be answered: a text with what else its answer depends on.
        -- `first` is the first article that needs it; null where the run no longer does.
        CREATE TABLE work (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            first INTEGER,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
            status TEXT,
            tries INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0,
            input_tokens INTEGER NOT NULL DEFAULT 0,
            cached_tokens INTEGER NOT NULL DEFAULT 0,
            output_tokens INTEGER NOT NULL DEFAULT 0,
            requests INTEGER NOT NULL DEFAULT 0,
            cost_usd REAL DEFAULT 0,
            error_kind TEXT,
            error TEXT,
            updated TEXT
        );
        CREATE INDEX work_to_do ON work (first) WHERE state = 'pending';

        -- Apart from `work`, so that counting does not read them.
        CREATE TABLE outcomes (
            work INTEGER PRIMARY KEY REFERENCES work (id),
            outcome TEXT NOT NULL
        );

        -- One row for each article of the input, in its order.
        CREATE TABLE articles (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            digest TEXT NOT NULL,
            place TEXT NOT NULL,
            work INTEGER NOT NULL REFERENCES work (id),
            article TEXT NOT NULL
        );
        CREATE INDEX articles_by_work ON articles (work);

        CREATE TABLE unreadable (position INTEGER PRIMARY KEY, message TEXT NOT NULL);
        """,
    ),
    (
        "decisions of people",
        """
        -- A log that only grows: what is taken back is a row of its own. `base` is the hash of the
        -- result that was decided on, so that a new result of the model does not inherit it.
        CREATE TABLE decisions (
            article TEXT NOT NULL,
            version INTEGER NOT NULL CHECK (version > 0),
            base TEXT NOT NULL,
            reviewer TEXT NOT NULL,
            made TEXT NOT NULL,
            kind TEXT NOT NULL,
            path TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL,
            PRIMARY KEY (article, version)
        ) WITHOUT ROWID;
        CREATE TRIGGER decisions_stand BEFORE UPDATE ON decisions
            BEGIN SELECT raise(ABORT, 'decisions are only added'); END;
        CREATE TRIGGER decisions_stay BEFORE DELETE ON decisions
            BEGIN SELECT raise(ABORT, 'decisions are only added'); END;
        """,
    ),
    (
        "batches at the provider",
        """
        -- One row for each file of requests, and for the batch that is made of it.
        CREATE TABLE parts (
            number INTEGER PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('prepared', 'uploaded', 'created', 'collected')),
            requests INTEGER NOT NULL,
            most_input INTEGER NOT NULL,
            most_output INTEGER NOT NULL,
            file TEXT,
            batch TEXT,
            status TEXT,
            completed INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0
        );

        -- One row for each request of a part, gone when its work has an outcome. What an answer
        -- took is counted in `work` as soon as it is collected.
        CREATE TABLE questions (
            work INTEGER NOT NULL REFERENCES work (id),
            key TEXT NOT NULL,
            part INTEGER REFERENCES parts (number),
            round INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'answered', 'direct')),
            answer TEXT,
            finish TEXT,
            input_tokens INTEGER NOT NULL DEFAULT 0,
            cached_tokens INTEGER NOT NULL DEFAULT 0,
            output_tokens INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (work, key)
        ) WITHOUT ROWID;
        CREATE INDEX questions_by_part ON questions (part);
        """,
    ),
)
"""Names and statements, in order. A released step is never edited; a change is a new step."""

VERSION = len(STEPS)
"""What `PRAGMA user_version` of an up-to-date ledger says."""
