"""Queries of the page of data quality.

What loads read, stored and rejected is in `ops.loads` and `quarantine.rejected_rows`, what checks
found and when tables were filled in `ops.check_results` and `ops.table_states`.
"""

CHECKS = """
    select
        schema_name,
        count(*) as check_count,
        count(*) filter (where verdict = 'PASSED') as passed_count,
        count(*) filter (where verdict = 'WARNED') as warned_count,
        count(*) filter (where verdict = 'FAILED') as failed_count
    from ops.check_results
    where evaluated_at < %(as_of)s::date + 1
    group by schema_name
    order by check_count desc, schema_name
"""

FINDINGS = """
    select
        schema_name || '.' || table_name as "Table",
        replace(check_name, '_', ' ') as "Check",
        lower(verdict) as "Verdict",
        to_char(evaluated_at, 'YYYY-MM-DD HH24:MI') as "Evaluated",
        left(description, 160) as "What was found"
    from ops.check_results
    where verdict <> 'PASSED' and evaluated_at < %(as_of)s::date + 1
    order by verdict, schema_name, table_name, check_name
    limit 30
"""

_REJECTED = """
    with rejected as (
        select
            table_name,
            column_name,
            rule
        from quarantine.rejected_rows
        where partition_date is null or partition_date <= %(as_of)s
    )
"""

QUARANTINE = f"""
    {_REJECTED}

    select
        table_name,
        count(*) as row_count,
        (count(*) / sum(count(*)) over ())::double precision as row_share,
        (sum(count(*)) over ())::bigint as all_rows,
        count(*) over () as all_tables
    from rejected
    group by table_name
    order by row_count desc, table_name
    limit 15
"""

RULES = f"""
    {_REJECTED}

    select
        column_name || ': ' || rule as broken_rule,
        count(*) as row_count,
        count(distinct table_name) as table_count,
        (count(*) / sum(count(*)) over ())::double precision as row_share
    from rejected
    group by column_name, rule
    order by row_count desc, broken_rule
    limit 15
"""

_LOADS = """
    with loads as (
        select
            table_name,
            window_start,
            window_end,
            rows_read,
            rows_loaded,
            rows_rejected,
            loaded_at
        from ops.loads
        where loaded_at < %(as_of)s::date + 1
    )
"""

REJECT_RATES = f"""
    {_LOADS}

    select
        table_name,
        sum(rows_read) as rows_read,
        sum(rows_rejected) as rows_rejected,
        sum(rows_rejected)::double precision / sum(rows_read) as reject_rate
    from loads
    group by table_name
    having sum(rows_read) > 0
    order by reject_rate desc, table_name
    limit 15
"""

DAYS = f"""
    {_LOADS},

    spans as (
        select
            table_name,
            range_agg(daterange(window_start, window_end)) as held
        from loads
        where window_start is not null
        group by table_name
    ),

    bounds as (
        select
            min(lower(held)) as first_day,
            max(upper(held)) as day_after
        from spans
    ),

    counted as (
        select
            spans.table_name,
            bounds.day_after - bounds.first_day as all_days,
            upper(spans.held) - 1 as last_day,
            (
                select sum(upper(parts.part) - lower(parts.part))
                from unnest(spans.held) as parts (part)
            )::bigint as held_days
        from spans
        cross join bounds
    )

    select
        table_name,
        held_days,
        all_days - held_days as missing_days,
        all_days,
        last_day,
        count(*) over () as all_tables,
        count(*) filter (where all_days > held_days) over () as lacking_tables
    from counted
    order by missing_days desc, table_name
    limit 15
"""

FRESHNESS = """
    with measured as (
        select max(measured_date) as measured_date
        from ops.table_states
        where measured_date <= %(as_of)s
    ),

    tables as (
        select
            facts.schema_name || '.' || facts.table_name as table_name,
            facts.materialized_at,
            max(facts.materialized_at) over () as newest_at,
            count(*) over () as table_count
        from measured
        inner join ops.table_states as facts on measured.measured_date = facts.measured_date
        where facts.materialized_at is not null
    )

    select
        table_name,
        materialized_at,
        newest_at,
        table_count,
        extract(epoch from newest_at - materialized_at)::double precision / 3600 as hours_behind
    from tables
    order by hours_behind desc, table_name
    limit 15
"""

LOADS = f"""
    {_LOADS}

    select
        table_name as "Table",
        to_char(max(loaded_at), 'YYYY-MM-DD HH24:MI') as "Last load",
        min(window_start) as "Held from",
        max(window_end) - 1 as "Held to",
        count(*) as "Loads",
        sum(rows_read)::bigint as "Rows read",
        sum(rows_loaded)::bigint as "Rows stored",
        sum(rows_rejected)::bigint as "Rows rejected",
        sum(rows_rejected)::double precision / nullif(sum(rows_read), 0) as "Reject rate"
    from loads
    group by table_name
    order by table_name
"""
