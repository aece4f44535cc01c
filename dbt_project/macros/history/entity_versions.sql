{#
    Versions of an entity from its log of changes, as CTEs after a CTE `cleaned` that holds the log.
    The last CTE is `versions`.

    - Rows are ordered by the instant of the change in the source, whenever they were loaded: a late
      change lands where it belongs. Of several changes at one instant the last in the log counts,
      so a row that was loaded twice counts once.
    - A version begins where a tracked attribute differs from the row before, or where the entity
      comes back after a deletion. A deletion ends the version; it is not one itself.
    - Attributes that are not tracked have the value of the version's last row.
    - The first version reaches back to the day the entity began (`since`), because facts may be
      older than the first change that was captured.

    Args:
        key: Column that identifies the entity.
        tracked: Columns whose change begins a version.
        since: Column with the entity's first day, or none.
#}
{% macro entity_versions(key, tracked, since=none) %}
instants as (
    select distinct on (cleaned.{{ key }}, cleaned._changed_at)
        cleaned.*,
        cleaned._op = 'd' as is_deletion,
        row(
            {{ tracked | join(', ') }}
        ) as attributes
    from cleaned
    order by cleaned.{{ key }}, cleaned._changed_at, cleaned._lsn desc, cleaned._loaded_at desc
),

compared as (
    select
        instants.*,
        coalesce(lag(instants.is_deletion) over entity, true) as is_start,
        lag(instants.attributes) over entity as previous_attributes
    from instants
    window entity as (partition by instants.{{ key }} order by instants._changed_at)
),

numbered as (
    select
        compared.*,
        count(*) filter (
            where
            not compared.is_deletion
            and (
                compared.is_start
                or compared.attributes is distinct from compared.previous_attributes
            )
        ) over (partition by compared.{{ key }} order by compared._changed_at) as version_number
    from compared
),

ended as (
    select distinct on (numbered.{{ key }}, numbered.version_number)
        numbered.*,
        min(numbered._changed_at) filter (where not numbered.is_deletion) over version as began_at,
        min(numbered._changed_at) filter (where numbered.is_deletion) over version as deleted_at
    from numbered
    where numbered.version_number > 0
    window version as (partition by numbered.{{ key }}, numbered.version_number)
    order by
        numbered.{{ key }}, numbered.version_number, numbered.is_deletion, numbered._changed_at desc
),

spans as (
    select
        ended.*,
        {%- if since %}
        case
            when ended.version_number = 1
                then least(ended.began_at, {{ day_start('ended.' ~ since) }})
            else ended.began_at
        end as valid_from,
        {%- else %}
        ended.began_at as valid_from,
        {%- endif %}
        coalesce(
            ended.deleted_at,
            lead(ended.began_at) over (partition by ended.{{ key }} order by ended.version_number),
            {{ end_of_time() }}
        ) as valid_to
    from ended
),

versions as (
    select
        spans.*,
        spans.deleted_at is not null as is_deleted,
        spans.valid_to = {{ end_of_time() }} as is_current
    from spans
)
{% endmacro %}
