with source as (
    select * from {{ source('bronze', 'price_adjustments') }}
)

select
    source.symbol,
    coalesce(
        lag(source.last_date) over (partition by source.symbol order by source.last_date) + 1,
        date '1900-01-01'
    ) as first_date,
    source.last_date,
    source.price_factor,
    source.split_factor,
    round(source.price_factor * source.split_factor, 12) as adjustment_factor
from source
