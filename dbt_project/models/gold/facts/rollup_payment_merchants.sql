{# Months are rebuilt from all their facts, as in `rollup_accounts`. #}
with payments as (
    select
        facts.*,
        {{ month_end('facts.payment_date') }} as month_end
    from {{ ref('fact_payments') }} as facts
    where {{ once_filled(in_months_of_window('facts.payment_date')) }}
),

cells as (
    select
        payments.month_end,
        payments.merchant_key,
        payments.merchant_id,
        payments.currency,
        {{ payment_sums() }},
        max(payments.payment_date) as last_payment_date
    from payments
    group by
        payments.month_end, payments.merchant_key, payments.merchant_id, payments.currency
)

select
    {{ dated_key(
        "cells.merchant_key::text || '|' || cells.merchant_id || '|' || cells.currency",
        'cells.month_end'
    ) }} as cell_key,
    cells.merchant_key,
    {%- for measure in payment_measures() %}
        cells.{{ measure }},
    {%- endfor %}
    cells.month_end,
    cells.last_payment_date,
    cells.merchant_id,
    cells.currency
from cells
order by cells.month_end, cells.merchant_id, cells.currency
