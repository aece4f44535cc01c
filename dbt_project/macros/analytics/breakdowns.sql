{#
    Breakdowns of activity. Within a breakdown every transaction has exactly one member, so members
    add up to the total.
#}

{% macro activity_breakdowns() -%}
    {{ return({
        'PRODUCT': 'product_type', 'CHANNEL': 'channel', 'SEGMENT': 'customer_tier',
        'REGION': 'geographic_region', 'AGE_GROUP': 'age_group', 'TYPE': 'transaction_type',
        'DAY_PART': 'day_part',
    }) }}
{%- endmacro %}

{#
    Grouping sets of activity: by some columns, and within them by each breakdown and in total.
    Cross joining each row with the breakdowns takes more than twice as long.

    `columns` are written out, with their relation.
#}
{% macro breakdown_sets(relation, columns) -%}
    grouping sets (
        ({{ columns | join(', ') }})
        {%- for column in activity_breakdowns().values() %},
        ({{ columns | join(', ') }}, {{ relation }}.{{ column }})
        {%- endfor %}
    )
{%- endmacro %}

{# Breakdown of a row of `breakdown_sets`. #}
{% macro breakdown_of(relation) -%}
    case
        {%- for breakdown, column in activity_breakdowns().items() %}
        when grouping({{ relation }}.{{ column }}) = 0 then '{{ breakdown }}'
        {%- endfor %}
        else 'TOTAL'
    end
{%- endmacro %}

{# Member of a row of `breakdown_sets`; ALL is the total. #}
{% macro member_of(relation) -%}
    case
        {%- for column in activity_breakdowns().values() %}
        when grouping({{ relation }}.{{ column }}) = 0 then {{ relation }}.{{ column }}
        {%- endfor %}
        else 'ALL'
    end
{%- endmacro %}

{#
    Transactions of some months with the columns of the breakdowns, without opening balances.

    `months` is a relation with the column `month_end`; `months_before` is the distance in months of
    its first month before the window. The bound on days is a constant: for results of subqueries
    the planner assumes a selectivity of 0.5% and chooses nested loops.
#}
{% macro activity_rows(months, months_before=0) %}
    select
        facts.transaction_month as month_end,
        (
            12 * extract(year from facts.transaction_month)
            + extract(month from facts.transaction_month)
        )::integer as month_number,
        facts.account_currency as currency,
        facts.customer_id,
        products.product_type,
        facts.channel,
        customers.customer_tier,
        customers.geographic_region,
        customers.age_group,
        facts.transaction_type,
        facts.day_part,
        facts.is_completed,
        facts.is_failed,
        facts.is_flagged,
        facts.is_fraud,
        facts.is_business_day,
        facts.transaction_amount_abs as amount,
        facts.fees
    from {{ ref('fact_transactions') }} as facts
    inner join {{ ref('dim_customer') }} as customers
        on facts.customer_key = customers.customer_key
    inner join {{ ref('dim_product') }} as products
        on facts.product_key = products.product_key
    where
        facts.transaction_date >= (
            date_trunc('month', {{ window_start() }}::timestamp)
            - interval '{{ months_before }} months'
        )::date
        and facts.transaction_month in (select listed.month_end from {{ months }} as listed)
        and facts.transaction_type <> 'OPENING_BALANCE'
{% endmacro %}

{# First day with transactions; months that begin before it are incomplete. #}
{% macro first_activity_date() -%}
    (
        select min(totals.transaction_date)
        from {{ ref('rollup_transactions') }} as totals
        where totals.rolled_up = 15
    )
{%- endmacro %}
