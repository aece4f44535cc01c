"""`sources.yaml` as objects: which source feeds which table, under which names.

A bank plugs itself in by writing this file; no code changes. Belongs here: the file's grammar and
its friendly errors. Does not belong here: connecting to anything.
"""

import codecs
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.connectors.dlt_config import DltSource
from finplatform.ingest.connectors.http_config import HttpSource
from finplatform.ingest.connectors.list_formats import with_lists
from finplatform.ingest.connectors.source_values import SourceValues, Timezone
from finplatform.settings import with_secrets


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        message = f"{name!r} is no text encoding; write utf-8, latin-1, cp1250, utf-16 ..."
        raise ValueError(message) from None
    return name


Load = Literal["full", "incremental", "cdc"]
"""How a table of a PostgreSQL source is loaded: its present state; what its change journal, or for
tables that are cut by days its window, says; what is captured from the server's log."""


class PostgresSource(SourceValues):
    """A PostgreSQL schema. Without `url` it is the platform's own database.

    Attributes:
        url: libpq URL. Leave the password out: libpq finds it in `~/.pgpass`, or in the file that
            `?passfile=` names; or write `${NAME}`, which stands for that variable.
        schema_name: Schema of the tables.
        journal: Whether the schema keeps a change journal as the operational schema does; without
            one, entities are compared with what is already stored.
        load: How its tables are loaded; default: `incremental` where that is possible.
        outbox: Whether the schema has an outbox, whose events are sent to the stream.
    """

    connector: Literal["postgres"]
    url: SecretStr | None = None
    schema_name: str = Field(default="public", alias="schema")
    journal: bool = False
    load: Load | None = None
    outbox: bool = False

    def location(self, own: str) -> str:
        """Libpq URL of the database, with the values of variables that it names.

        Args:
            own: URL of the platform's own database.
        """
        return own if self.url is None else with_secrets(self.url.get_secret_value(), in_url=True)


class Unpivot(_Strict):
    """How a wide file becomes long: every other column is a row of its own.

    Attributes:
        index: Columns that stay, repeated on each row.
        name: Column that takes the wide columns' names.
        value: Column that takes their values; a missing one makes no row.
    """

    index: list[str] = Field(min_length=1)
    name: str = "name"
    value: str = "value"


class FileLayout(_Strict):
    """What some files of a source have beside the ordinary form.

    Attributes:
        files: Glob of the files below the source's root; the first layout that fits counts.
        header: Names of the columns, where the first line does not give them.
        file_column: Column to add that takes the file's name, without folder and endings.
        unpivot: How its wide rows become long ones.
    """

    files: str
    header: list[str] | None = Field(default=None, min_length=1)
    file_column: str | None = None
    unpivot: Unpivot | None = None


class FilesSource(SourceValues):
    """A folder of files.

    Attributes:
        root: Folder; relative paths start at the folder of `sources.yaml`, `{home}` is the
            platform's home and `{landing}` its landing zone; or `s3://BUCKET/PREFIX`.
        endpoint: Address of the object store, for a private one.
        delimiter: Separator of CSV columns.
        encoding: Text encoding of CSV files.
        nulls: Texts that mean "missing".
        layouts: Files that are not plain tables with a header.
    """

    connector: Literal["files"]
    root: str
    endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s?#@]+$")
    delimiter: str = Field(default=",", pattern=r"^[\x01-\x7f]$")
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    nulls: list[str] = Field(default_factory=lambda: [""])
    layouts: list[FileLayout] = Field(default_factory=list)


class SimulateSource(SourceValues):
    """The synthetic bank, made in memory instead of read from a database.

    Attributes:
        customers: Number of customers.
        transactions: Number of transactions.
        start: First business day.
        end: Last business day.
        seed: Seed of the bank.
    """

    connector: Literal["simulate"]
    customers: int = 2_000
    transactions: int = 200_000
    start: date
    end: date
    seed: int = 42


class MongoSource(SourceValues):
    """A MongoDB database.

    Attributes:
        url: `mongodb://` URL; `${NAME}` in it stands for that variable of the environment.
        database: Database of the collections.
        timeout_s: Seconds to wait for the server to be found, or to answer.
    """

    connector: Literal["mongo"]
    url: SecretStr
    database: str
    timeout_s: float = Field(default=30, gt=0)


class StreamSource(SourceValues):
    """The stream of transactions, as its consumers have stored it.

    Attributes:
        without: Systems whose events are left out, since their transactions come in another way.
    """

    connector: Literal["stream"]
    without: list[str] = Field(default_factory=lambda: ["core"])


class LakeSource(SourceValues):
    """Parquet partitioned by business day, as the platform's own lake is.

    Attributes:
        root: Folder, or URL of an object store such as `s3://bucket/prefix`; relative paths start
            at the folder of `sources.yaml`, `{home}` is the platform's home.
    """

    connector: Literal["lake"]
    root: str


Source = Annotated[
    PostgresSource
    | FilesSource
    | MongoSource
    | HttpSource
    | DltSource
    | SimulateSource
    | StreamSource
    | LakeSource,
    Field(discriminator="connector"),
]


class TableConfig(_Strict):
    """Where one bronze table comes from.

    Attributes:
        source: Name of the source.
        read: Table, collection, glob of files below the source's root, or path below its URL;
            default: the table's name. A `{date}` in a glob stands for the day of the file;
            `{start}` and `{end}` in a path for the window's first day and the day after its last.
        records: Where the records are in JSON (dotted path to the list) or XML (names below the
            root, `LIST/ENTRY`).
        columns: Contract column -> source column, where they differ; a dotted path in documents.
        lookups: Small side tables by name, read whole, for use in `select`.
        select: SQL over `source` (the rows just read) and the lookups that yields the contract's
            columns; runs batch by batch.
        formats: Contract column -> strptime format of its text.
        date_column: Source column that a window is cut by, if it is not named as in the contract.
        defaults: Contract column -> constant for a source that lacks it.
        also: Further places whose rows belong to the same table.
        load: How it is loaded from a PostgreSQL source; default: as the source says.
    """

    source: str
    read: str | None = None
    records: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    lookups: dict[str, str] = Field(default_factory=dict)
    select: str | None = None
    formats: dict[str, str] = Field(default_factory=dict)
    date_column: str | None = None
    defaults: dict[str, Any] = Field(default_factory=dict)
    also: list["TableConfig"] = Field(default_factory=list)
    load: Load | None = None

    @property
    def entries(self) -> list["TableConfig"]:
        """All places that the table's rows come from, in order."""
        return [self, *(place for further in self.also for place in further.entries)]


class Bank(_Strict):
    """The bank that the sources belong to.

    Attributes:
        name: Name, for pages and logs.
        timezone: Zone whose days are its business days, and zone of times that say none; without
            one business days are those of UTC, and times without a zone are refused.
        legal_entity_identifier: ISO 17442 code, for supervisory files.
    """

    name: str = Field(min_length=1)
    timezone: Timezone | None = None
    legal_entity_identifier: str | None = Field(default=None, pattern=r"^[A-Z0-9]{18}[0-9]{2}$")

    @property
    def day_zone(self) -> str:
        """Zone whose days are the bank's business days."""
        return self.timezone or "UTC"


def _named_bank(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class HistoryConfig(_Strict):
    """Business days that the sources cover, where they are known and closed."""

    start: date
    end: date | None = None


class SourcesConfig(_Strict):
    """The whole of `sources.yaml`, with lists written out (see `list_formats`).

    Attributes:
        bank: The bank; its name alone, or with its time zone.
        sources: Source systems by name.
        tables: Bronze tables by name; a table that is not listed stays empty.
        history: Business days that the sources cover.
        currency: Currency in which the bank reports.
        rules_as_of: Date whose capital rules a replayed history is measured by, where its own time
            had other ones; default: each reporting date's.
    """

    bank: Annotated[Bank, BeforeValidator(_named_bank)]
    sources: dict[str, Source]
    tables: dict[str, TableConfig]
    history: HistoryConfig | None = None
    currency: str = "USD"
    rules_as_of: date | None = None

    def load_of(self, place: TableConfig) -> Load | None:
        """How a place is loaded; None for the default, and for sources that have but one way."""
        source = self.sources[place.source]
        return place.load or source.load if isinstance(source, PostgresSource) else None


def load_sources(path: Path, known_tables: frozenset[str]) -> SourcesConfig:
    """Reads and checks a `sources.yaml`.

    Args:
        path: The file.
        known_tables: Bronze tables that exist.

    Raises:
        FinplatformError: If the file is missing or breaks the grammar, or a list has an unknown
            format; the message names the place.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FinplatformError(
            f"There is no source configuration at {path}.",
            "Set FINPLATFORM_SOURCES_FILE, or copy one from examples/.",
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FinplatformError(f"{path} cannot be read as YAML: {error}") from error
    try:
        config = SourcesConfig.model_validate(with_lists(raw) if isinstance(raw, dict) else raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise FinplatformError(
            f"{path}: {place or 'the file'}: {first['msg']}.", "See docs/add_a_source.md."
        ) from error
    _check_names(config, path, known_tables)
    return config


def _check_names(config: SourcesConfig, path: Path, known_tables: frozenset[str]) -> None:
    for name, table in config.tables.items():
        if name not in known_tables:
            raise FinplatformError(
                f"{path}: there is no bronze table {name}.",
                f"Known tables: {', '.join(sorted(known_tables))}.",
            )
        for place in table.entries:
            _check_entry(config, path, name, place)


def _check_entry(config: SourcesConfig, path: Path, name: str, place: TableConfig) -> None:
    if place.source not in config.sources:
        raise FinplatformError(
            f"{path}: table {name} names the source {place.source}, which is not defined.",
            f"Defined sources: {', '.join(sorted(config.sources))}.",
        )
    source = config.sources[place.source]
    if isinstance(source, FilesSource) and place.read and DatedName.is_in(place.read):
        DatedName(place.read)
    if place.load is not None and not isinstance(source, PostgresSource):
        raise FinplatformError(
            f"{path}: table {name} has `load: {place.load}`, but {place.source} is no PostgreSQL"
            " source.",
            "Take `load` away: other sources are loaded in one way alone.",
        )
    if config.load_of(place) == "cdc":
        _check_captured(path, name, config.tables[name])


def _check_captured(path: Path, name: str, table: TableConfig) -> None:
    """Refuses for a captured table what needs more than the changed row."""
    more = [part for part in ("select", "lookups", "also") if getattr(table, part)]
    more += [f"columns.{column}" for column in table.columns if column.startswith("_")]
    if more:
        raise FinplatformError(
            f"{path}: table {name} is captured (`load: cdc`) and has {', '.join(more)}.",
            "A change brings its row alone, with its time. Take that away, or set `load: full`.",
        )
