{#
    A loan defaults on the first day on which an instalment is more than 90 days past due, or on
    which the bank declares it; a card on the first month end at which it has been over its limit
    for more than 90 days. A row exists after the performance window of one year: before its end
    only defaults are observed, and a model trained on them would overestimate PDs.
#}
with observed as (
    select
        exposures.exposure_id,
        exposures.reporting_date as observation_date,
        {{ shift_month_end('exposures.reporting_date', 12) }} as performance_end_date
    from {{ ref('credit_exposures') }} as exposures
    where not exposures.is_defaulted
),

last_day as (
    select max(balances.balance_date) as last_date from {{ ref('fact_balances') }} as balances
),

default_days as (
    select
        'L-' || payments.loan_id as exposure_id,
        payments.due_date + {{ days_to_default() }} + 1 as default_date
    from {{ ref('stg_loan_payments') }} as payments
    where
        payments.settled_date is null
        or payments.settled_date > payments.due_date + {{ days_to_default() }} + 1
    union
    select
        'L-' || loans.loan_id as exposure_id,
        {{ business_date('loans.began_at') }} as default_date
    from {{ ref('stg_loans') }} as loans
    where loans.status = 'DEFAULTED'
    union
    select
        exposures.exposure_id,
        exposures.reporting_date as default_date
    from {{ ref('credit_exposures') }} as exposures
    where exposures.exposure_type = 'CREDIT_CARD' and exposures.is_defaulted
),

outcomes as (
    select
        observed.exposure_id,
        observed.observation_date,
        observed.performance_end_date,
        min(default_days.default_date) as default_date
    from observed
    cross join last_day
    left join default_days
        on
            observed.exposure_id = default_days.exposure_id
            and observed.observation_date < default_days.default_date
            and observed.performance_end_date >= default_days.default_date
    where observed.performance_end_date <= last_day.last_date
    group by observed.exposure_id, observed.observation_date, observed.performance_end_date
)

select
    outcomes.exposure_id,
    outcomes.observation_date,
    outcomes.performance_end_date,
    outcomes.default_date,
    outcomes.default_date is not null as is_default_12m
from outcomes
order by outcomes.observation_date, outcomes.exposure_id
