{#
    The window of a run: the business days from `min_date` up to, not including, `max_date`.
    Partitioned models hold exactly these days of their run; there is no default, because a default
    would quietly turn one day's run into another's.
#}

{% macro has_window() -%}
    {{ return(var('min_date', none) is not none and var('max_date', none) is not none) }}
{%- endmacro %}

{% macro window_bound(name) -%}
    {%- set value = var(name, none) | string -%}
    {%- if modules.re.match('^\\d{4}-\\d{2}-\\d{2}$', value) -%}
        {{ return(value) }}
    {%- elif execute -%}
        {%- do exceptions.raise_compiler_error(
            this.identifier ~ ' is loaded by windows of days: give `' ~ name ~ '` as a date, for'
            ~ ' example --vars \'{"min_date": "2024-01-01", "max_date": "2024-02-01"}\' for January'
            ~ ' (max_date is the first day not loaded).'
        ) -%}
    {%- endif -%}
    {{ return('0001-01-01') }}
{%- endmacro %}

{# First day of the window. #}
{% macro window_start() -%}
    date '{{ window_bound("min_date") }}'
{%- endmacro %}

{# First day after the window. #}
{% macro window_end() -%}
    date '{{ window_bound("max_date") }}'
{%- endmacro %}

{# Days in the window. #}
{% macro window_days() -%}
    {%- set parse = modules.datetime.date.fromisoformat -%}
    {{ return((parse(window_bound('max_date')) - parse(window_bound('min_date'))).days) }}
{%- endmacro %}

{# Condition that a date lies in the window. #}
{% macro in_window(column) -%}
    {{ column }} >= {{ window_start() }} and {{ column }} < {{ window_end() }}
{%- endmacro %}

{# Condition that an instant lies in the window, in UTC. #}
{% macro instant_in_window(column) -%}
    {{ column }} >= timestamptz '{{ window_bound("min_date") }} 00:00:00+00'
    and {{ column }} < timestamptz '{{ window_bound("max_date") }} 00:00:00+00'
{%- endmacro %}

{# The same for tests, which look at the whole table when the run has no window. #}
{% macro in_window_if_given(column) -%}
    {% if has_window() %}{{ in_window(column) }}{% else %}{{ column }} is not null{% endif %}
{%- endmacro %}

{#
    The same for a source, of which perhaps not every day is loaded: without a window, the days from
    the first to the last that `loaded` holds.
#}
{% macro in_window_or_loaded(column, loaded, loaded_column) -%}
    {% if has_window() -%}
        {{ in_window(column) }}
    {%- else -%}
        {{ column }} >= (select min(held.{{ loaded_column }}) from {{ loaded }} as held)
        and {{ column }} <= (select max(held.{{ loaded_column }}) from {{ loaded }} as held)
    {%- endif %}
{%- endmacro %}

{% macro instant_in_window_or_loaded(column, loaded, loaded_column) -%}
    {% if has_window() -%}
        {{ instant_in_window(column) }}
    {%- else -%}
        {{ in_window_or_loaded(utc_date(column), loaded, loaded_column) }}
    {%- endif %}
{%- endmacro %}
