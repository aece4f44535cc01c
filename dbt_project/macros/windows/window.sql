{#
    The window of a run: the business days from its start up to, not including, its end. Partitioned
    models replace exactly these days.

    It is dbt's event time, `--event-time-start 2024-01-01 --event-time-end 2024-02-01` for January,
    or the variables `min_date` and `max_date` of commands without event time, such as `dbt
    compile`. A command with neither has a default: the last `default_window_days` days before
    today, in the bank's time zone. Dagster passes every window, so a run of Dagster without one is
    an error.
#}

{% macro has_window() -%}
    {{ return(window_given() is not none) }}
{%- endmacro %}

{# Start and end as text, or none if the command gives none. #}
{% macro window_given() -%}
    {%- set start = invocation_args_dict.get('event_time_start') or var('min_date', none) -%}
    {%- set end = invocation_args_dict.get('event_time_end') or var('max_date', none) -%}
    {{ return((start | string, end | string) if start and end else none) }}
{%- endmacro %}

{% macro default_window() -%}
    {%- set zone = modules.pytz.timezone(env_var('FINPLATFORM_BANK_TIMEZONE', 'UTC')) -%}
    {%- set today = run_started_at.astimezone(zone).date() -%}
    {%- set first = today - modules.datetime.timedelta(days=var('default_window_days')) -%}
    {{ return((first | string, today | string)) }}
{%- endmacro %}

{% macro window_bound(place) -%}
    {%- if execute and not has_window() and env_var('DAGSTER_DBT_CLI', '') -%}
        {%- do exceptions.raise_compiler_error(this.identifier ~ ' is loaded by windows of days') -%}
    {%- endif -%}
    {%- set value = (window_given() or default_window())[place][:10] -%}
    {%- if not modules.re.match('^\\d{4}-\\d{2}-\\d{2}$', value) -%}
        {%- do exceptions.raise_compiler_error(
            value ~ ' is no date: give the window as --event-time-start 2024-01-01'
            ~ ' --event-time-end 2024-02-01 (the first day not loaded).'
        ) -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{# First day of the window. #}
{% macro window_start() -%}
    date '{{ window_bound(0) }}'
{%- endmacro %}

{# First day after the window. #}
{% macro window_end() -%}
    date '{{ window_bound(1) }}'
{%- endmacro %}

{# Days in the window. #}
{% macro window_days() -%}
    {%- set parse = modules.datetime.date.fromisoformat -%}
    {{ return((parse(window_bound(1)) - parse(window_bound(0))).days) }}
{%- endmacro %}

{# Condition that a date lies in the window. #}
{% macro in_window(column) -%}
    {{ column }} >= {{ window_start() }} and {{ column }} < {{ window_end() }}
{%- endmacro %}

{# Condition that an instant lies in the window. #}
{% macro instant_in_window(column) -%}
    {{ column }} >= {{ day_start(window_start()) }} and {{ column }} < {{ day_start(window_end()) }}
{%- endmacro %}

{# Condition `in_window` for tests, which read the whole table without a window. #}
{% macro in_window_if_given(column) -%}
    {% if has_window() %}{{ in_window(column) }}{% else %}{{ column }} is not null{% endif %}
{%- endmacro %}

{#
    Condition `in_window` for a source that may not be loaded for every day: without a window, the
    days from the first to the last of `loaded`. `loaded` may be an aliased subquery, as generated
    by dbt for a test's `where`.
#}
{% macro in_window_or_loaded(column, loaded, loaded_column) -%}
    {% if has_window() -%}
        {{ in_window(column) }}
    {%- else -%}
        {{ column }} >= (select min({{ loaded_column }}) from {{ loaded }})
        and {{ column }} <= (select max({{ loaded_column }}) from {{ loaded }})
    {%- endif %}
{%- endmacro %}

{% macro instant_in_window_or_loaded(column, loaded, loaded_column) -%}
    {% if has_window() -%}
        {{ instant_in_window(column) }}
    {%- else -%}
        {{ in_window_or_loaded(business_date(column), loaded, loaded_column) }}
    {%- endif %}
{%- endmacro %}

{#
    Condition that a day lies in a month that the window touches, or that ends in the month after
    it: the months that a model of months with `looks_back_days: 31` replaces.
#}
{% macro in_months_of_window(column) -%}
    {{ column }} >= date_trunc('month', {{ window_start() }}::timestamp)::date
    and {{ column }} < date_trunc('month', ({{ window_end() }} + 31)::timestamp)::date
{%- endmacro %}

{#
    A condition on the rows that a load of an aggregate reads; a new table is filled from all facts,
    regardless of the window.
#}
{% macro once_filled(condition) -%}
    {% if is_incremental() %}{{ condition }}{% else %}true{% endif %}
{%- endmacro %}

{# Condition `in_months_of_window` for tests, which read the whole table without a window. #}
{% macro in_months_of_window_if_given(column) -%}
    {% if has_window() %}{{ in_months_of_window(column) }}{% else %}{{ column }} is not null{% endif %}
{%- endmacro %}
