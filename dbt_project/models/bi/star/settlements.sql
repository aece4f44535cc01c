with last_day as (
    select max(payments.payment_date) as as_of_date
    from {{ ref('fact_payments') }} as payments
),

days as (
    {{ numbered_days() }}
)

select
    fact_settlements.settlement_key,
    fact_settlements.merchant_key,
    fact_settlements.date_key,
    fact_settlements.due_date_key,
    fact_settlements.settlement_date_key,
    fact_settlements.settlement_id,
    fact_settlements.merchant_id,
    fact_settlements.period_start_date,
    fact_settlements.period_end_date,
    fact_settlements.cutoff_date,
    fact_settlements.settlement_due_date,
    fact_settlements.settlement_date,
    fact_settlements.sla_class,
    fact_settlements.sla_days,
    fact_settlements.status,
    fact_settlements.delay_reason,
    fact_settlements.currency,
    fact_settlements.payment_count,
    fact_settlements.gross_amount,
    fact_settlements.commission_amount,
    fact_settlements.net_amount,
    fact_settlements.days_to_settle,
    fact_settlements.days_late,
    fact_settlements.is_sla_breached,
    fact_settlements.is_open,
    fact_settlements.settlement_count,
    last_day.as_of_date,
    coalesce(
        fact_settlements.is_sla_breached,
        as_of_days.business_day_number > due_days.business_day_number
    ) as is_breached_to_date,
    coalesce(
        fact_settlements.days_late,
        greatest(as_of_days.business_day_number - due_days.business_day_number, 0)
    ) as days_late_to_date
from {{ ref('fact_settlements') }} as fact_settlements
cross join last_day
left join days as as_of_days
    on last_day.as_of_date = as_of_days.full_date
left join days as due_days
    on fact_settlements.settlement_due_date = due_days.full_date
