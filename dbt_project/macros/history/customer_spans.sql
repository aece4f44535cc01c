{#
    For every customer, the span of time of each version, without gaps: the first version extends to
    the past and the last to the future, so that every fact of a known customer has a version.

    Columns: customer_key, customer_id, country, annual_income, birth_year, customer_since, span_from,
    span_to (exclusive).
#}
{% macro customer_spans() %}
    select
        customers.customer_key,
        customers.customer_id,
        customers.country,
        customers.annual_income,
        customers.birth_year,
        customers.customer_since,
        case
            when lag(customers.valid_from) over customer is null then {{ beginning_of_time() }}
            else customers.valid_from
        end as span_from,
        coalesce(lead(customers.valid_from) over customer, {{ end_of_time() }}) as span_to
    from {{ ref('dim_customer') }} as customers
    where customers.customer_key <> -1
    window customer as (partition by customers.customer_id order by customers.valid_from)
{% endmacro %}
