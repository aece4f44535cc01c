{#
    Surrogate keys are hashes of natural keys, so that a rebuilt table has the keys it had. -1 is
    the unknown member of every dimension.
#}

{# Key of things without history, or of facts: natural key columns as text expressions. #}
{% macro surrogate_key(columns) -%}
    hashtextextended({{ columns | join(" || '|' || ") }}, 0)
{%- endmacro %}

{# Key of one version of a thing. Seconds, because the text of an instant depends on the session. #}
{% macro version_key(natural_key, valid_from) -%}
    hashtextextended({{ natural_key }} || '|' || extract(epoch from {{ valid_from }})::text, 0)
{%- endmacro %}

{#
    Key of a thing on a day. The day seeds the hash, which avoids casting millions of dates to text.
#}
{% macro dated_key(natural_key, day) -%}
    hashtextextended({{ natural_key }}, ({{ day }} - date '2000-01-01')::bigint)
{%- endmacro %}
