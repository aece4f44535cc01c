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
    where {{ in_lookback_window('stg_transactions.transaction_date') }}
),

-- Denominators are cast to float here, where there are few rows.
spans as (
    select
        spans.*,
        case
            when spans.account_type = 'CREDIT_CARD'
                then nullif(spans.credit_limit, 0)::double precision
        end as limit_number,
        case
            when spans.customer_income is not null
                then greatest(spans.customer_income, 1200)::double precision / 12
        end as monthly_income_number
    from ({{ account_spans() }}) as spans
),

behaviour as materialized (
    {{ account_behaviour() }}
),

frauds as (
    {{ confirmed_frauds() }}
),

verdicts as (
    {{ fraud_verdicts() }}
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
        transactions.account_amount::double precision as amount_number,
        spans.limit_number,
        spans.monthly_income_number,
        transactions.transaction_date - spans.account_opening_date as account_age_days,
        extract(year from transactions.transaction_date)::integer - spans.customer_birth_year
            as customer_age,
        transactions.transaction_date - spans.customer_since as customer_tenure_days,
        transactions.transaction_date - merchants.onboarded_date as merchant_age_days,
        {{ to_usd('transactions.transaction_amount', 'spans.currency', 'usd_rates') }}
            as transaction_amount_usd,
        {{ to_usd('transactions.fees', 'spans.currency', 'usd_rates') }} as fees_usd
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
    {{ join_usd_rates('spans.currency', 'transactions.transaction_date', 'usd_rates') }}
    -- Together with the materialized behaviour this makes the next join hash the narrow behaviour
    -- and leave the transactions in their order by day, which the index by day needs.
    offset 0 -- noqa: AM09
),

joined as (
    select
        located.*,
        (behaviour.seconds_since_previous / 86400)::integer as days_since_previous,
        behaviour.seconds_since_previous / 3600::double precision as hours_since_previous,
        {%- for count in [
            'transaction_count_1d', 'transaction_count_7d', 'transaction_count_30d',
            'failed_count_30d', 'outflow_count_30d',
        ] %}
            coalesce(behaviour.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        {%- for flow, days in [
            ('outflow', 1), ('outflow', 7), ('outflow', 30), ('inflow', 7), ('inflow', 30),
            ('cash', 30),
        ] %}
            coalesce(behaviour.{{ flow }}_cents_{{ days }}d, 0) * 0.01 as {{ flow }}_{{ days }}d,
        {%- endfor %}
        (coalesce(behaviour.inflow_cents_30d, 0) - coalesce(behaviour.outflow_cents_30d, 0)) * 0.01
            as net_flow_30d,
        case
            when behaviour.outflow_count_30d > 0
                then round(behaviour.outflow_cents_30d * 0.01 / behaviour.outflow_count_30d, 2)
        end as usual_payment_30d,
        case
            when located.direction < 0 and behaviour.outflow_count_30d > 0
                then
                    least(
                        100 * located.amount_number * behaviour.outflow_count_30d
                        / greatest(
                            behaviour.outflow_cents_30d, 100 * behaviour.outflow_count_30d
                        ),
                        1000
                    )
        end as amount_to_usual_ratio,
        verdicts.severity as fraud_severity,
        verdicts.rule_code as fraud_rule_code,
        coalesce(verdicts.rule_points, 0::smallint) as fraud_rule_points,
        frauds.transaction_id is not null as is_fraud
    from located
    left join behaviour
        on
            located.transaction_id = behaviour.transaction_id
            and located.transaction_date = behaviour.transaction_date
    left join verdicts
        on located.transaction_id = verdicts.transaction_id
    left join frauds
        on located.transaction_id = frauds.transaction_id
),

scored as (
    select
        joined.*,
        {{ transaction_risk_score('joined') }} as risk_score
    from joined
    -- Prevents the planner from inlining the score, which is computed once.
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
    {%- for status in ['completed', 'pending', 'failed', 'reversed'] %}
        case when scored.status = '{{ status | upper }}' then scored.account_amount else 0 end
            as {{ status }}_amount,
    {%- endfor %}
    {%- for way, sign in [('in', 1), ('out', -1)] %}
        case
            when scored.is_cash and scored.status = 'COMPLETED' and scored.direction = {{ sign }}
                then scored.account_amount
            else 0
        end as cash_{{ way }}_amount,
    {%- endfor %}
    case
        when scored.is_fraud and scored.status = 'COMPLETED' then scored.account_amount
        else 0
    end as fraud_amount,
    scored.fees,
    scored.transaction_amount - scored.fees as net_amount,
    scored.balance_effect,
    scored.transaction_amount_usd,
    scored.fees_usd,
    scored.transaction_amount_usd - scored.fees_usd as net_amount_usd,
    case
        when scored.fees > 0 then scored.fees::double precision / greatest(scored.amount_number, 1)
        else 0
    end as fee_rate,
    scored.amount_number / scored.monthly_income_number as amount_to_income_ratio,
    case when scored.direction < 0 then scored.amount_number / scored.limit_number end
        as amount_to_limit_ratio,
    scored.account_age_days,
    scored.customer_age,
    scored.customer_tenure_days,
    scored.merchant_age_days,
    scored.days_since_previous,
    scored.hours_since_previous,
    scored.transaction_count_1d,
    scored.transaction_count_7d,
    scored.transaction_count_30d,
    scored.failed_count_30d,
    scored.outflow_count_30d,
    scored.outflow_1d,
    scored.outflow_7d,
    scored.outflow_30d,
    scored.inflow_7d,
    scored.inflow_30d,
    scored.net_flow_30d,
    scored.cash_30d,
    scored.usual_payment_30d,
    scored.amount_to_usual_ratio,
    scored.risk_score,
    scored.fraud_severity,
    scored.fraud_rule_code,
    scored.fraud_rule_points,
    coalesce(scored.fraud_severity <> 'LOW', false) as is_flagged,
    scored.is_fraud,
    1::smallint as transaction_count
from scored
