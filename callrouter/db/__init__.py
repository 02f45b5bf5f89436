"""PostgreSQL: the call records and how they are kept; ORM rows never leave this package."""
