{#
    One measure of current activity by day: day 0 is the present, the others are reference days.
    Both macros read `days` and relations with the number of the day in `week`.
#}

{#
    A quantity of each day, 0 without rows.

    `source` is the counted relation, filtered by `condition`. `members` is a relation of members,
    joined by its column `on` to the column `of` of `source` and named by `label`; without it there
    is one member, ALL. `quantity` defaults to the number of rows.
#}
{% macro measured_quantity(metric, source, period='DAY', condition=none, members=none, quantity=none) -%}
    {%- set member = members.get('label', members.relation ~ '.' ~ members.on) if members else "'ALL'" -%}
    select
        '{{ metric }}' as metric,
        '{{ period }}' as period,
        {{ member }} as member,
        days.week,
        {{ quantity or 'count(' ~ source ~ '.week)::numeric' }} as quantity
    from days
    {%- if members %}
    cross join {{ members.relation }}
    {%- endif %}
    left join {{ source }}
        on
            days.week = {{ source }}.week
            {%- if members %}
            and {{ members.relation }}.{{ members.on }} = {{ source }}.{{ members.of }}
            {%- endif %}
            {%- if condition %}
            and {{ condition }}
            {%- endif %}
    group by days.week
    {%- if members %}, {{ members.relation }}.{{ members.on }}{% endif %}
{%- endmacro %}

{# Cases over possible cases of each day; `condition` filters the possible cases. #}
{% macro measured_rate(metric, source, case, period='DAY', condition=none) -%}
    select
        '{{ metric }}' as metric,
        '{{ period }}' as period,
        'ALL' as member,
        {{ source }}.week,
        count(*) filter (where {{ case }}) as case_count,
        count(*) as possible_count
    from {{ source }}
    {%- if condition %}
    where {{ condition }}
    {%- endif %}
    group by {{ source }}.week
{%- endmacro %}

{# Arguments of `measured_rate` by metric, for all rates. #}
{% macro measured_rates(rates) -%}
    {%- for metric, rate in rates.items() %}
    {{ measured_rate(metric, **rate) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# Metric and period of each rate, with or without cases on the present day. #}
{% macro rate_measures(rates) -%}
    {%- for metric, rate in rates.items() %}
        ('{{ metric }}', '{{ rate.period or 'DAY' }}'){{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Join condition: same measure and member. #}
{% macro same_measure(left, right) -%}
    {{ left }}.metric = {{ right }}.metric
            and {{ left }}.period = {{ right }}.period
            and {{ left }}.member = {{ right }}.member
{%- endmacro %}
