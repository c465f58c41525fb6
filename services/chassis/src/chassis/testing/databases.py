"""The databases of a PostgreSQL server: one for each service, made when asked for, dropped when a test is done."""

from contextlib import suppress
from urllib.parse import quote, urlsplit

import psycopg
from psycopg.errors import DuplicateDatabase, UniqueViolation
from psycopg.sql import SQL, Identifier


def create_database(server_url: str, name: str) -> str:
    """The address of the database of this name on the server. It is made if it is not there; twice is harmless."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            # Two processes may ask at once: whoever comes second finds it made. A server's own template may hold any
            # encoding, and one that is none would give and want bytes for text.
            with suppress(DuplicateDatabase, UniqueViolation):
                connection.execute(
                    SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(Identifier(name))
                )
    return urlsplit(server_url)._replace(path=f"/{quote(name)}").geturl()


def drop_database(server_url: str, name: str) -> None:
    """Ends what is still connected to it, and drops it if it is there."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def is_answering(server_url: str) -> bool:
    try:
        with psycopg.connect(server_url, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
