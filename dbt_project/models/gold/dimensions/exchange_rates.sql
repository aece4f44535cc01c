with quoted as (
    -- The bank's own quote precedes the rate of a statistical office.
    select
        substr(indicators.indicator_code, 4, 3) as currency,
        indicators.indicator_date as observed_date,
        indicators.value::numeric as usd_rate,
        1 as preference,
        indicators.country
    from {{ ref('stg_economic_indicators') }} as indicators
    where indicators.indicator_code ~ '^FX_[A-Z]{3}_USD$' and indicators.value > 0
    union all
    select
        profiles.currency,
        indicators.indicator_date as observed_date,
        1 / indicators.value::numeric as usd_rate,
        2 as preference,
        indicators.country
    from {{ ref('stg_country_indicators') }} as indicators
    inner join {{ ref('country_profiles') }} as profiles
        on indicators.country = profiles.country
    where
        indicators.indicator_code = 'EXCHANGE_RATE'
        and indicators.unit = 'LCU_PER_USD'
        and indicators.value > 0
        and profiles.currency <> 'USD'
),

observed as (
    select distinct on (quoted.currency, quoted.observed_date)
        quoted.currency,
        quoted.observed_date,
        quoted.usd_rate
    from quoted
    order by quoted.currency, quoted.observed_date, quoted.preference, quoted.country
),

spans as (
    select
        observed.*,
        least(
            lead(observed.observed_date) over (
                partition by observed.currency order by observed.observed_date
            ) - 1,
            observed.observed_date + {{ var('exchange_rate_max_age_days') }}
        ) as last_date
    from observed
)

select
    spans.currency,
    days.day_start::date as rate_date,
    round(spans.usd_rate, 12) as usd_rate,
    spans.observed_date,
    days.day_start::date > spans.observed_date as is_carried_forward
from spans
cross join lateral generate_series(
    greatest(spans.observed_date, date '{{ var("exchange_rate_first_day") }}')::timestamp,
    spans.last_date::timestamp,
    interval '1 day'
) as days (day_start)
