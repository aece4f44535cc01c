with transactions as (
    select
        stg_transactions.*,
        {{ signed_amount('stg_transactions') }} as transaction_amount,
        {{ balance_effect('stg_transactions') }} as balance_effect,
        extract(
            hour from stg_transactions.transaction_at at time zone {{ bank_timezone() }}
        )::smallint
            as transaction_hour
    from {{ ref('stg_transactions') }} as stg_transactions
    where {{ in_window_or_seeing_it('stg_transactions.transaction_date') }}
),

spans as (
    {{ account_spans() }}
),

behaviour as materialized (
    {{ account_behaviour() }}
),

frauds as (
    {{ confirmed_frauds() }}
),

located as (
    select
        transactions.*,
        coalesce(spans.customer_key, -1) as customer_key,
        coalesce(spans.account_key, -1) as account_key,
        coalesce(spans.product_key, -1) as product_key,
        coalesce(merchants.merchant_key, -1) as merchant_key,
        coalesce(spans.branch_key, -1) as branch_key,
        coalesce(dates.date_key, -1) as date_key,
        coalesce(spans.customer_id, 'UNKNOWN') as customer_id,
        coalesce(spans.currency, 'XXX') as account_currency,
        dates.month_end_date,
        dates.day_of_week,
        coalesce(dates.is_weekend, false) as is_weekend,
        coalesce(dates.is_business_day, false) as is_business_day,
        coalesce(dates.is_month_end, false) as is_month_end,
        coalesce(transactions.currency <> spans.currency, false) as is_foreign_currency,
        coalesce(merchants.country <> spans.customer_country, false) as is_foreign_merchant,
        coalesce(merchants.risk_level = 'HIGH', false) as is_high_risk_merchant,
        transactions.transaction_date - spans.account_opening_date as account_age_days
    from transactions
    left join spans
        on
            transactions.account_id = spans.account_id
            and transactions.transaction_at >= spans.span_from
            and transactions.transaction_at < spans.span_to
    left join {{ ref('dim_merchant') }} as merchants
        on transactions.merchant_id = merchants.merchant_id
    left join {{ ref('dim_date') }} as dates
        on transactions.transaction_date = dates.full_date
    -- Together with the materialized behaviour this makes the next join hash the narrow behaviour
    -- and leave the transactions in their order by day, which the index by day needs.
    offset 0 -- noqa: AM09
),

joined as (
    select
        located.*,
        (behaviour.seconds_since_previous / 86400)::integer as days_since_previous,
        coalesce(behaviour.transaction_count_7d, 0) as transaction_count_7d,
        coalesce(behaviour.transaction_count_30d, 0) as transaction_count_30d,
        round(coalesce(behaviour.outflow_cents_7d, 0) / 100.0, 2) as outflow_7d,
        round(coalesce(behaviour.outflow_cents_30d, 0) / 100.0, 2) as outflow_30d,
        case
            when located.direction < 0
                then
                    100 * located.account_amount::double precision
                    * behaviour.outflow_count_30d
                    / nullif(
                        greatest(behaviour.outflow_cents_30d, 100 * behaviour.outflow_count_30d), 0
                    )
        end as amount_to_usual_ratio,
        frauds.transaction_id is not null as is_fraud
    from located
    left join behaviour
        on
            located.transaction_id = behaviour.transaction_id
            and located.transaction_date = behaviour.transaction_date
    left join frauds
        on located.transaction_id = frauds.transaction_id
),

scored as (
    select
        joined.*,
        {{ transaction_risk_score('joined') }} as risk_score
    from joined
    -- Keeps the score here, to be computed once.
    offset 0 -- noqa: AM09
)

select
    {{ surrogate_key(['scored.transaction_id']) }} as transaction_key,
    scored.customer_key,
    scored.account_key,
    scored.product_key,
    scored.merchant_key,
    scored.branch_key,
    scored.date_key,
    scored.transaction_id,
    scored.account_id,
    scored.customer_id,
    scored.transaction_at,
    scored.transaction_date,
    scored.month_end_date as transaction_month,
    scored.transaction_hour,
    scored.day_of_week,
    case
        when scored.transaction_hour < 6 then 'NIGHT'
        when scored.transaction_hour < 12 then 'MORNING'
        when scored.transaction_hour < 18 then 'AFTERNOON'
        else 'EVENING'
    end as day_part,
    scored.is_weekend,
    scored.is_business_day,
    scored.is_month_end,
    scored.transaction_type,
    scored.transaction_category,
    scored.direction,
    scored.channel,
    scored.status,
    scored.status = 'COMPLETED' as is_completed,
    scored.status = 'FAILED' as is_failed,
    case
        when scored.status = 'FAILED' then coalesce(scored.decline_reason, 'UNKNOWN')
    end as decline_reason,
    scored.is_cash,
    scored.is_cash and scored.account_amount > 10000 as is_large_cash,
    scored.account_amount >= 100 and scored.account_amount % 100 = 0 as is_round_amount,
    scored.counterparty_account_token is not null as has_counterparty,
    scored.is_foreign_currency,
    scored.is_foreign_merchant,
    scored.is_high_risk_merchant,
    scored.currency,
    scored.account_currency,
    scored.exchange_rate,
    scored.amount,
    scored.transaction_amount,
    scored.account_amount as transaction_amount_abs,
    greatest(scored.transaction_amount, 0) as credit_amount,
    greatest(-scored.transaction_amount, 0) as debit_amount,
    scored.fees,
    scored.transaction_amount - scored.fees as net_amount,
    scored.balance_effect,
    scored.account_age_days,
    scored.days_since_previous,
    scored.transaction_count_7d,
    scored.transaction_count_30d,
    scored.outflow_7d,
    scored.outflow_30d,
    scored.amount_to_usual_ratio,
    scored.risk_score,
    scored.risk_score >= {{ flagging_score() }} as is_flagged,
    scored.is_fraud,
    1::smallint as transaction_count
from scored
