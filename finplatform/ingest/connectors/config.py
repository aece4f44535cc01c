"""`sources.yaml` as objects: the source of each table, with the mapping of its columns.

A bank connects its systems by this file alone. Belongs here: the file's grammar and its errors.
Does not belong here: connections.
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
"""Load method of a table of a PostgreSQL source: `full` reads its present state, `incremental` its
change journal or, with a date column, a window, and `cdc` the changes captured from the log."""


class PostgresSource(SourceValues):
    """A PostgreSQL schema. Without `url` it is the platform's own database.

    Attributes:
        url: libpq URL without a password: libpq finds it in `~/.pgpass` or in the file of
            `?passfile=`. `${NAME}` stands for that variable of the environment.
        schema_name: Schema of the tables.
        journal: Whether the schema has a change journal in the form of the operational schema;
            without one, entities are compared with the stored rows.
        load: Load method of its tables; default: `incremental` where that is possible.
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
    """Conversion of a wide file into a long one: every other column becomes a row.

    Attributes:
        index: Columns that stay, repeated on each row.
        name: Column that takes the wide columns' names.
        value: Column that takes their values; a missing value makes no row.
    """

    index: list[str] = Field(min_length=1)
    name: str = "name"
    value: str = "value"


class FileLayout(_Strict):
    """Layout of some files of a source that differs from a table with a header.

    Attributes:
        files: Glob of the files below the source's root; the first layout that fits counts.
        header: Names of the columns, for files without a header.
        file_column: Column to add that takes the file's name, without folder and endings.
        unpivot: Conversion of wide rows into long ones.
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
    """The synthetic bank, generated in memory.

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
        url: `mongodb://` URL; `${NAME}` stands for that variable of the environment.
        database: Database of the collections.
        timeout_s: Seconds to wait for a connection or a response.
    """

    connector: Literal["mongo"]
    url: SecretStr
    database: str
    timeout_s: float = Field(default=30, gt=0)


class StreamSource(SourceValues):
    """The stream of transactions, as stored by its consumers.

    Attributes:
        without: Systems whose events are excluded, since their transactions have another source.
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
    """Source of one bronze table.

    Attributes:
        source: Name of the source.
        read: Table, collection, glob of files below the source's root, or path below its URL;
            default: the table's name. A `{date}` in a glob stands for the day of the file;
            `{start}` and `{end}` in a path for the window's first day and the day after its last.
        records: Path to the records in JSON (dotted path to the list) or XML (names below the
            root, `LIST/ENTRY`).
        columns: Contract column -> source column, where they differ; a dotted path in documents.
        lookups: Small lookup tables by name, read whole, for use in `select`.
        select: SQL over `source` (the rows just read) and the lookups that yields the contract's
            columns; runs batch by batch.
        formats: Contract column -> strptime format of its text.
        date_column: Source column of the business date, if its name differs from the contract.
        defaults: Contract column -> constant for a source that lacks it.
        also: Further sources of the same table.
        load: Load method from a PostgreSQL source; default: that of the source.
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
        """Entries of all sources of the table, in order."""
        return [self, *(place for further in self.also for place in further.entries)]


class Bank(_Strict):
    """The bank.

    Attributes:
        name: Name, for pages and logs.
        timezone: Zone of its business days, and of times without a zone. By default business days
            are those of UTC, and times without a zone are refused.
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
    """Business days that the sources cover, where they are fixed."""

    start: date
    end: date | None = None


class SourcesConfig(_Strict):
    """Content of `sources.yaml`, with lists expanded (see `list_formats`).

    Attributes:
        bank: The bank; its name alone, or with its time zone.
        sources: Source systems by name.
        tables: Bronze tables by name; a table that is not listed stays empty.
        history: Business days that the sources cover.
        currency: Currency in which the bank reports.
        rules_as_of: Date of the capital rules for a replayed history; default: each reporting
            date's own rules.
    """

    bank: Annotated[Bank, BeforeValidator(_named_bank)]
    sources: dict[str, Source]
    tables: dict[str, TableConfig]
    history: HistoryConfig | None = None
    currency: str = "USD"
    rules_as_of: date | None = None

    def load_of(self, place: TableConfig) -> Load | None:
        """Load method of an entry; None for the default, and for sources with a single method."""
        source = self.sources[place.source]
        return place.load or source.load if isinstance(source, PostgresSource) else None


def load_sources(path: Path, known_tables: frozenset[str]) -> SourcesConfig:
    """Reads and checks a `sources.yaml`.

    Args:
        path: The file.
        known_tables: Existing bronze tables.

    Raises:
        FinplatformError: If the file is missing or breaks the grammar, or a list has an unknown
            format; the message names the entry.
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
            "Remove `load`: other sources have a single load method.",
        )
    if config.load_of(place) == "cdc":
        _check_captured(path, name, config.tables[name])


def _check_captured(path: Path, name: str, table: TableConfig) -> None:
    """Refuses options of a captured table that need more than the changed row."""
    more = [part for part in ("select", "lookups", "also") if getattr(table, part)]
    more += [f"columns.{column}" for column in table.columns if column.startswith("_")]
    if more:
        raise FinplatformError(
            f"{path}: table {name} is captured (`load: cdc`) and has {', '.join(more)}.",
            "A change holds only its row and its time. Remove these options, or set `load: full`.",
        )
