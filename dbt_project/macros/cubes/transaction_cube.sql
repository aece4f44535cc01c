{#
    The cube of transactions: dimensions, measures and grouping sets. An aggregated dimension is
    ALL.
#}

{% macro cube_dimensions() -%}
    {{ return(['region', 'product', 'channel', 'segment']) }}
{%- endmacro %}

{# Measures that are additive over all dimensions and time. #}
{% macro cube_measures() -%}
    {{ return([
        'transaction_count', 'completed_count', 'failed_count', 'flagged_count', 'fraud_count',
        'volume_amount', 'credit_amount', 'debit_amount', 'cash_amount', 'fees', 'net_amount',
        'risk_score_sum',
    ]) }}
{%- endmacro %}

{# Sum of a measure over `cells`, with a cast: sums of bigint are numeric in PostgreSQL. #}
{% macro cube_sum(measure) -%}
    sum(cells.{{ measure }})::
    {{- 'numeric(18, 2)' if measure.endswith('_amount') or measure == 'fees' else 'bigint' }}
{%- endmacro %}

{# Levels of a day's cells, from its total to the finest. #}
{% macro cube_levels() -%}
    {{ return([
        [], ['region'], ['product'], ['channel'], ['segment'], ['region', 'product'],
        ['product', 'channel'], ['channel', 'segment'], ['region', 'product', 'channel', 'segment'],
    ]) }}
{%- endmacro %}

{% macro cube_grouping_sets() -%}
    grouping sets (
        {%- for level in cube_levels() %}
        (
            cells.transaction_date
            {%- for dimension in level %},
            cells.{{ dimension }}
            {%- endfor %}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#
    Transactions with their coordinates. A cell includes the rows with its coordinates; ALL matches
    any.
#}
{% macro cube_rows() %}
    select
        facts.transaction_date,
        customers.geographic_region as region,
        products.product_type as product,
        facts.channel,
        customers.customer_tier as segment,
        facts.is_completed,
        facts.is_failed,
        facts.is_flagged,
        facts.is_fraud,
        facts.is_cash,
        facts.transaction_amount_abs,
        facts.credit_amount,
        facts.debit_amount,
        facts.fees,
        facts.net_amount,
        facts.risk_score
    from {{ ref('fact_transactions') }} as facts
    inner join {{ ref('dim_customer') }} as customers
        on facts.customer_key = customers.customer_key
    inner join {{ ref('dim_product') }} as products
        on facts.product_key = products.product_key
{% endmacro %}
