"""PostgreSQL for every part: a private server or a DSN, the unit of work, group commit, migrations, the job queue."""
