"""OpenLineage events of a run and of its tables.

A run is one OpenLineage run of its job, from START to COMPLETE, FAIL or ABORT; each of its tables
is a child run of a job of its own, so that inputs belong to the table. Belongs here: the events and
their facets. Does not belong here: sending them (see `sink`).
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from openlineage.client.event_v2 import (
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    set_producer,
)
from openlineage.client.facet_v2 import (
    DatasetFacet,
    column_lineage_dataset,
    error_message_run,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
)

from finplatform.lineage.facts import Made, Names, RunFacts, SourceColumn, TableFacts
from finplatform.windows import Window

PRODUCER = "https://pypi.org/project/finplatform"
FIGURES = "finplatform_figureLineage"
"""Name of the facet with the derivation of capital figures."""

set_producer(PRODUCER)

End = Literal["COMPLETE", "FAIL", "ABORT"]


def run_started(run: RunFacts, names: Names, tables: Mapping[str, TableFacts]) -> RunEvent:
    """The event of a run's start, with its planned inputs and outputs.

    Args:
        run: The run.
        names: How things are called.
        tables: What is known of tables.
    """
    return _run_event(RunState.START, run, names, tables)


def run_ended(
    run: RunFacts, end: End, names: Names, tables: Mapping[str, TableFacts], reason: str = ""
) -> RunEvent:
    """The event of a run's end.

    Args:
        run: The run, with its tables.
        end: Its status.
        names: Naming of datasets and jobs.
        tables: Facts of tables.
        reason: Reason of a failure, by the names of its steps.
    """
    return _run_event(RunState[end], run, names, tables, reason)


def table_events(
    run: RunFacts, made: Made, names: Names, tables: Mapping[str, TableFacts]
) -> list[RunEvent]:
    """The events of one table of a run, materialized or failed.

    Args:
        run: The run.
        made: The table.
        names: Naming of datasets and jobs.
        tables: Facts of tables.
    """
    facts = tables.get(made.name, TableFacts())
    parent = parent_run.ParentRunFacet(
        run=parent_run.Run(runId=run.run_id),
        job=parent_run.Job(namespace=names.own, name=run.job),
    )
    own = Run(
        runId=str(uuid.uuid5(uuid.UUID(run.run_id), made.name)),
        facets={"parent": parent, **_nominal(run.window)},
    )
    job = _job(names, made.name, "TABLE")
    inputs = [_input(name, names) for name in facts.parents]
    outputs = [_output(made, facts, names)]
    last = RunState.FAIL if made.has_failed else RunState.COMPLETE
    return [
        _event(state, at, own, job, inputs, outputs)
        for state, at in ((RunState.START, made.started_at), (last, made.ended_at))
    ]


def _run_event(
    state: RunState,
    run: RunFacts,
    names: Names,
    tables: Mapping[str, TableFacts],
    reason: str = "",
) -> RunEvent:
    made = set(run.tables)
    read = {
        parent for name in run.tables for parent in tables.get(name, TableFacts()).parents
    } - made
    facets: dict[str, Any] = _nominal(run.window)
    if reason:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(reason, "Python")
    return _event(
        state,
        run.at,
        Run(runId=run.run_id, facets=facets),
        _job(names, run.job, "JOB"),
        [_input(name, names) for name in sorted(read)],
        [OutputDataset(*names.dataset(name)) for name in sorted(made)],
    )


def _event(
    state: RunState,
    at: datetime,
    run: Run,
    job: Job,
    inputs: Iterable[InputDataset],
    outputs: Iterable[OutputDataset],
) -> RunEvent:
    return RunEvent(
        eventType=state,
        eventTime=at.isoformat(),
        run=run,
        job=job,
        inputs=list(inputs),
        outputs=list(outputs),
        producer=PRODUCER,
    )


def _job(names: Names, name: str, kind: str) -> Job:
    facet = job_type_job.JobTypeJobFacet("BATCH", "DAGSTER", kind)
    return Job(namespace=names.own, name=name, facets={"jobType": facet})


def _input(name: str, names: Names) -> InputDataset:
    return InputDataset(*names.dataset(name))


def _output(made: Made, facts: TableFacts, names: Names) -> OutputDataset:
    facets: dict[str, Any] = {}
    if facts.columns:
        fields = schema_dataset.SchemaDatasetFacetFields
        facets["schema"] = schema_dataset.SchemaDatasetFacet(
            [fields(name=name, type=kind, description=text) for name, kind, text in facts.columns]
        )
    if facts.sources:
        facets["columnLineage"] = _columns(facts.sources, names)
    if made.figures:
        steps = [dict(step) for step in made.figures]
        facets[FIGURES] = DatasetFacet().with_additional_properties(steps=steps)
    counted: dict[str, Any] = {}
    if made.rows is not None:
        statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
        counted["outputStatistics"] = statistics(rowCount=made.rows)
    return OutputDataset(*names.dataset(made.name), facets=facets, outputFacets=counted)


def _columns(
    sources: Mapping[str, Sequence[SourceColumn]], names: Names
) -> column_lineage_dataset.ColumnLineageDatasetFacet:
    def field(source: SourceColumn) -> column_lineage_dataset.InputField:
        kind = "MASKED" if source.is_masked else "IDENTITY"
        how = column_lineage_dataset.Transformation("DIRECT", kind, masking=source.is_masked)
        return column_lineage_dataset.InputField(
            *names.dataset(source.table), field=source.column, transformations=[how]
        )

    return column_lineage_dataset.ColumnLineageDatasetFacet(
        {
            column: column_lineage_dataset.Fields(inputFields=[field(source) for source in found])
            for column, found in sources.items()
        }
    )


def _nominal(window: Window | None) -> dict[str, Any]:
    if window is None:
        return {}
    start, end = (f"{day.isoformat()}T00:00:00Z" for day in (window.start, window.end))
    return {"nominalTime": nominal_time_run.NominalTimeRunFacet(start, end)}
