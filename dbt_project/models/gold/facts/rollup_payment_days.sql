with payments as (
    select facts.*
    from {{ ref('fact_payments') }} as facts
    where {{ once_filled(in_window('facts.payment_date')) }}
),

cells as (
    select
        payments.payment_date,
        payments.payment_method,
        payments.currency,
        {{ payment_sums() }}
    from payments
    group by payments.payment_date, payments.payment_method, payments.currency
)

select
    {{ dated_key("cells.payment_method || '|' || cells.currency", 'cells.payment_date') }}
        as cell_key,
    coalesce(dates.date_key, -1) as date_key,
    {%- for measure in payment_measures() %}
        cells.{{ measure }},
    {%- endfor %}
    cells.payment_date,
    cells.payment_method,
    cells.currency
from cells
left join {{ ref('dim_date') }} as dates
    on cells.payment_date = dates.full_date
order by cells.payment_date, cells.payment_method, cells.currency
