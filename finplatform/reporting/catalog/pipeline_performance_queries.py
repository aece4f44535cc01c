"""Queries of the page of pipeline performance.

Runs and steps are those of the orchestrator in `ops.pipeline_runs` and `ops.pipeline_steps`, rows
those of `ops.loads`, sizes those of `ops.table_states`.
"""

RUNS = """
    with latest as (
        select
            run_id,
            job_name,
            status,
            started_at,
            ended_at,
            step_count,
            extract(epoch from ended_at - started_at)::double precision as run_seconds
        from ops.pipeline_runs
        where started_at < %(as_of)s::date + 1
        order by started_at desc
        limit 15
    )

    select
        to_char(started_at, 'DD Mon HH24:MI') || ' ' || replace(job_name, '_', ' ') as run_name,
        job_name,
        status,
        started_at,
        step_count,
        run_seconds
    from latest
    where run_seconds is not null
    order by started_at, run_id
"""

OUTCOMES = """
    select
        job_name,
        count(*) as run_count,
        count(*) filter (where status = 'SUCCESS') as success_count,
        count(*) filter (where status = 'FAILURE') as failure_count,
        count(*) filter (where status not in ('SUCCESS', 'FAILURE')) as other_count
    from ops.pipeline_runs
    where started_at < %(as_of)s::date + 1
    group by job_name
    order by run_count desc, job_name
"""

_STEPS = """
    with steps as (
        select distinct on (step_name)
            step_name,
            schema_name,
            step_seconds,
            started_at
        from ops.pipeline_steps
        where status = 'SUCCESS' and started_at < %(as_of)s::date + 1
        order by step_name, started_at desc
    )
"""
"""The last run of every step."""

SLOWEST = f"""
    {_STEPS}

    select
        step_name,
        step_seconds,
        step_seconds / nullif(sum(step_seconds) over (), 0) as step_share
    from steps
    order by step_seconds desc, step_name
    limit 15
"""

LAYERS = f"""
    {_STEPS}

    select
        schema_name,
        step_name,
        step_seconds
    from steps
    where step_seconds > 0
    order by schema_name, step_seconds desc, step_name
"""

ROWS_BY_TABLE = """
    with latest as (
        select distinct on (table_name)
            table_name,
            rows_read,
            rows_loaded,
            loaded_at
        from ops.loads
        where loaded_at < %(as_of)s::date + 1
        order by table_name, loaded_at desc
    )

    select
        table_name,
        rows_read,
        rows_loaded,
        (rows_loaded / nullif(sum(rows_loaded) over (), 0))::double precision as row_share
    from latest
    order by rows_loaded desc, table_name
    limit 15
"""

ROWS_BY_DAY = """
    with loads as (
        select
            loaded_at::date as load_date,
            table_name,
            rows_loaded
        from ops.loads
        where loaded_at < %(as_of)s::date + 1
    ),

    days as (
        select load_date
        from loads
        group by load_date
        order by load_date desc
        limit 15
    ),

    ranked as (
        select
            table_name,
            row_number() over (order by sum(rows_loaded) desc, table_name) as place
        from loads
        group by table_name
    ),

    named as (
        select
            loads.load_date,
            least(ranked.place, 7) as place,
            case when ranked.place < 7 then loads.table_name else 'all others' end as table_name,
            loads.rows_loaded
        from loads
        inner join days on loads.load_date = days.load_date
        inner join ranked on loads.table_name = ranked.table_name
    )

    select
        load_date,
        table_name,
        sum(rows_loaded)::bigint as rows_loaded
    from named
    group by load_date, place, table_name
    order by load_date, place
"""

SIZES = """
    with measured as (
        select max(measured_date) as measured_date
        from ops.table_states
        where measured_date <= %(as_of)s
    )

    select
        facts.schema_name,
        facts.table_name,
        facts.row_count,
        facts.table_bytes,
        facts.table_bytes / 1e6::double precision as megabytes
    from measured
    inner join ops.table_states as facts on measured.measured_date = facts.measured_date
    where facts.table_bytes > 0
    order by facts.schema_name, facts.table_bytes desc, facts.table_name
"""

GROWTH = """
    with days as (
        select measured_date
        from ops.table_states
        where measured_date <= %(as_of)s
        group by measured_date
        order by measured_date desc
        limit 15
    )

    select
        facts.measured_date,
        facts.schema_name,
        sum(facts.table_bytes)::double precision / 1e6 as megabytes,
        sum(facts.row_count)::bigint as row_count
    from days
    inner join ops.table_states as facts on days.measured_date = facts.measured_date
    group by facts.measured_date, facts.schema_name
    order by facts.measured_date, facts.schema_name
"""
