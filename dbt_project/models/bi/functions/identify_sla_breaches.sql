select
    settlements.settlement_id,
    settlements.merchant_id,
    merchants.merchant_name,
    settlements.cutoff_date,
    settlements.sla_class,
    settlements.sla_days,
    settlements.settlement_due_date,
    settlements.settlement_date,
    settlements.days_late_to_date as days_delayed,
    settlements.net_amount,
    settlements.currency,
    settlements.status,
    settlements.delay_reason
from {{ ref('settlements') }} as settlements
inner join {{ ref('dim_merchant') }} as merchants
    on settlements.merchant_key = merchants.merchant_key
where settlements.is_breached_to_date
order by settlements.days_late_to_date desc, settlements.settlement_id asc
