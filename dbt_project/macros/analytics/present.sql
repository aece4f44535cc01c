{#
    One measure of what is happening now, by day: the present one is number 0, the others are those
    it is compared with. Both read `days` and relations that carry the number of their day in `week`.
#}

{#
    A quantity of each day, 0 where nothing happened.

    `source` holds what is counted; `condition` chooses among it. `members` is a relation with a row
    for each member, whose column `on` is `source`'s column `of`, and `label` what a member is
    called; without it there is one member, ALL. `quantity` is counted rows unless it is given.
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

{# Cases over possible cases of each day that has some; `condition` chooses the possible ones. #}
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

{# All rates, by metric the arguments of `measured_rate`. #}
{% macro measured_rates(rates) -%}
    {%- for metric, rate in rates.items() %}
    {{ measured_rate(metric, **rate) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# Metric and period of each of them, whether or not the present day has cases. #}
{% macro rate_measures(rates) -%}
    {%- for metric, rate in rates.items() %}
        ('{{ metric }}', '{{ rate.period or 'DAY' }}'){{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Whether two rows are about the same measure and member. #}
{% macro same_measure(left, right) -%}
    {{ left }}.metric = {{ right }}.metric
            and {{ left }}.period = {{ right }}.period
            and {{ left }}.member = {{ right }}.member
{%- endmacro %}
