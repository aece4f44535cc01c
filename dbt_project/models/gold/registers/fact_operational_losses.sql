with losses as (
    select
        stg_operational_losses.*,
        stg_operational_losses.direct_recovery + stg_operational_losses.insurance_recovery
            as recovered_amount
    from {{ ref('stg_operational_losses') }} as stg_operational_losses
),

netted as (
    select
        losses.*,
        losses.gross_loss - losses.recovered_amount as net_loss
    from losses
)

select
    {{ surrogate_key(['netted.loss_id']) }} as loss_key,
    coalesce(occurrence_dates.date_key, -1) as occurrence_date_key,
    coalesce(discovery_dates.date_key, -1) as discovery_date_key,
    coalesce(accounting_dates.date_key, -1) as date_key,
    netted.loss_id,
    netted.event_type,
    netted.business_line,
    netted.occurrence_date,
    netted.discovery_date,
    netted.accounting_date,
    netted.currency,
    netted.gross_loss,
    netted.direct_recovery,
    netted.insurance_recovery,
    to_char(netted.accounting_date, 'YYYY"Q"Q') as accounting_quarter,
    netted.recovered_amount,
    netted.net_loss,
    netted.discovery_date - netted.occurrence_date as days_to_discovery,
    netted.accounting_date - netted.discovery_date as days_to_booking,
    netted.is_credit_related,
    netted.net_loss >= 20000 as is_net_20k,
    netted.net_loss >= 100000 as is_net_100k,
    1::smallint as loss_count
from netted
left join {{ ref('dim_date') }} as occurrence_dates
    on netted.occurrence_date = occurrence_dates.full_date
left join {{ ref('dim_date') }} as discovery_dates
    on netted.discovery_date = discovery_dates.full_date
left join {{ ref('dim_date') }} as accounting_dates
    on netted.accounting_date = accounting_dates.full_date
