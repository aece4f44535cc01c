with settlements as (
    select stg_settlements.*
    from {{ ref('stg_settlements') }} as stg_settlements
    where {{ in_window('stg_settlements.cutoff_date') }}
),

days as (
    {{ numbered_days() }}
),

-- Business days from closing to payout, and beyond the due day.
counted as (
    select
        settlements.*,
        coalesce(cutoff_days.date_key, -1) as date_key,
        coalesce(due_days.date_key, -1) as due_date_key,
        coalesce(payout_days.date_key, -1) as settlement_date_key,
        payout_days.business_day_number - cutoff_days.business_day_number as days_to_settle,
        case
            when settlements.settlement_date is not null
                then greatest(payout_days.business_day_number - due_days.business_day_number, 0)
        end as days_late
    from settlements
    left join days as cutoff_days
        on settlements.cutoff_date = cutoff_days.full_date
    left join days as due_days
        on settlements.settlement_due_date = due_days.full_date
    left join days as payout_days
        on settlements.settlement_date = payout_days.full_date
)

select
    {{ surrogate_key(['counted.settlement_id']) }} as settlement_key,
    coalesce(merchants.merchant_key, -1) as merchant_key,
    counted.date_key,
    counted.due_date_key,
    counted.settlement_date_key,
    counted.settlement_id,
    counted.merchant_id,
    counted.period_start_date,
    counted.period_end_date,
    counted.cutoff_date,
    counted.settlement_due_date,
    counted.settlement_date,
    counted.sla_class,
    counted.sla_days,
    counted.status,
    counted.delay_reason,
    counted.currency,
    counted.payment_count,
    counted.gross_amount,
    counted.commission_amount,
    counted.net_amount,
    counted.days_to_settle,
    counted.days_late,
    counted.days_late > 0 as is_sla_breached,
    counted.settlement_date is null as is_open,
    1::smallint as settlement_count
from counted
left join {{ ref('dim_merchant') }} as merchants
    on counted.merchant_id = merchants.merchant_id
