with watched as (
    select * from {{ ref('stg_fraud_alerts') }}
),

transactions as (
    select
        fact_transactions.transaction_key,
        fact_transactions.merchant_key,
        fact_transactions.transaction_amount_abs,
        fact_transactions.fraud_severity
    from {{ ref('fact_transactions') }} as fact_transactions
),

spans as (
    {{ account_spans() }}
),

raised as (
    select * from {{ ref('stg_stream_fraud_alerts') }}
),

-- An investigation of the same transaction also decides the rule alert.
decisions as (
    select distinct on (watched.transaction_id)
        watched.transaction_id,
        watched.investigated_at,
        watched.outcome
    from watched
    where watched.investigated_at is not null
    order by watched.transaction_id asc, watched.investigated_at desc, watched.alert_id asc
),

-- Alerts of the monitoring system change after their day, so each run reads all of them.
reported as (
    select
        'MONITORING' as alert_source,
        watched.alert_id,
        watched.transaction_id,
        watched.account_id,
        watched.transaction_at,
        watched.raised_at,
        watched.raised_date,
        watched.investigated_at,
        watched.rule_code,
        watched.score,
        watched.severity,
        watched.status,
        watched.outcome,
        watched.currency,
        watched.amount
    from watched
    union all
    select
        'STREAM' as alert_source,
        raised.alert_id,
        raised.transaction_id,
        raised.account_id,
        raised.transaction_at,
        raised.raised_at,
        raised.raised_date,
        decisions.investigated_at,
        raised.rule_code,
        raised.score,
        raised.severity,
        case
            when decisions.investigated_at is not null then 'CLOSED'
            when raised.severity = 'LOW' then 'NOTED'
            else 'OPEN'
        end as status,
        decisions.outcome,
        raised.currency,
        raised.amount
    from raised
    left join decisions
        on raised.transaction_id = decisions.transaction_id
),

-- A stream alert is kept until the day of the transaction is loaded, and also if later events
-- change the verdict: a raised alert is never dropped.
located as (
    select
        reported.alert_source,
        reported.alert_id,
        reported.transaction_id,
        coalesce(transactions.transaction_key, -1) as transaction_key,
        coalesce(spans.customer_key, -1) as customer_key,
        coalesce(spans.account_key, -1) as account_key,
        coalesce(spans.product_key, -1) as product_key,
        coalesce(transactions.merchant_key, -1) as merchant_key,
        coalesce(spans.branch_key, -1) as branch_key,
        reported.account_id,
        coalesce(spans.customer_id, 'UNKNOWN') as customer_id,
        reported.transaction_at,
        reported.raised_at,
        reported.raised_date,
        reported.investigated_at,
        reported.rule_code,
        reported.score,
        reported.severity,
        reported.status,
        reported.outcome,
        reported.currency,
        reported.amount,
        coalesce(spans.currency, 'XXX') as account_currency,
        coalesce(
            transactions.transaction_amount_abs,
            case when reported.currency = spans.currency then reported.amount end
        ) as amount_at_stake
    from reported
    left join transactions
        on {{ surrogate_key(['reported.transaction_id']) }} = transactions.transaction_key
    left join spans
        on
            reported.account_id = spans.account_id
            and reported.transaction_at >= spans.span_from
            and reported.transaction_at < spans.span_to
    where reported.alert_source = 'MONITORING' or transactions.fraud_severity is null
),

-- Alerts of the window and of later days whose lookback overlaps it, and all investigated alerts.
chosen as (
    select facts.transaction_key
    from {{ ref('fact_transactions') }} as facts
    where
        facts.fraud_severity is not null
        and facts.transaction_date >= {{ window_start() }}
        and facts.transaction_date < {{ window_end() }} + {{ lookback_days() }}
    union distinct
    select {{ surrogate_key(['watched.transaction_id']) }} as transaction_key
    from watched
),

-- The alert has the instant of the transaction, as on the stream.
rules as (
    select
        'RULES' as alert_source,
        'R-' || facts.transaction_id as alert_id,
        facts.transaction_id,
        facts.transaction_key,
        facts.customer_key,
        facts.account_key,
        facts.product_key,
        facts.merchant_key,
        facts.branch_key,
        facts.account_id,
        facts.customer_id,
        facts.transaction_at,
        facts.transaction_at as raised_at,
        facts.transaction_date as raised_date,
        decisions.investigated_at,
        facts.fraud_rule_code as rule_code,
        (10 * facts.fraud_rule_points)::smallint as score,
        facts.fraud_severity as severity,
        case
            when decisions.investigated_at is not null then 'CLOSED'
            when facts.fraud_severity = 'LOW' then 'NOTED'
            else 'OPEN'
        end as status,
        decisions.outcome,
        facts.currency,
        facts.amount,
        facts.account_currency,
        facts.transaction_amount_abs as amount_at_stake
    from chosen
    inner join {{ ref('fact_transactions') }} as facts
        on chosen.transaction_key = facts.transaction_key
    left join decisions
        on facts.transaction_id = decisions.transaction_id
    where facts.fraud_severity is not null
),

alerts as (
    select * from located
    union all
    select * from rules
)

select
    {{ surrogate_key(['alerts.alert_id']) }} as alert_key,
    alerts.transaction_key,
    alerts.customer_key,
    alerts.account_key,
    alerts.product_key,
    alerts.merchant_key,
    alerts.branch_key,
    coalesce(alert_dates.date_key, -1) as date_key,
    coalesce(decision_dates.date_key, -1) as decision_date_key,
    alerts.alert_id,
    alerts.alert_source,
    alerts.transaction_id,
    alerts.account_id,
    alerts.customer_id,
    alerts.transaction_at,
    alerts.raised_at,
    alerts.raised_date,
    alerts.investigated_at,
    alerts.rule_code,
    alerts.score,
    alerts.severity,
    alerts.status,
    alerts.outcome,
    alerts.currency,
    alerts.amount,
    alerts.account_currency,
    alerts.amount_at_stake,
    round(extract(epoch from alerts.raised_at - alerts.transaction_at) / 60, 2) as minutes_to_alert,
    round(extract(epoch from alerts.investigated_at - alerts.raised_at) / 3600, 2)
        as hours_to_decision,
    alerts.outcome is not null as is_decided,
    coalesce(alerts.outcome = 'CONFIRMED_FRAUD', false) as is_confirmed_fraud,
    coalesce(alerts.outcome = 'FALSE_POSITIVE', false) as is_false_alarm,
    1::smallint as alert_count
from alerts
left join {{ ref('dim_date') }} as alert_dates
    on alerts.raised_date = alert_dates.full_date
left join {{ ref('dim_date') }} as decision_dates
    on {{ business_date('alerts.investigated_at') }} = decision_dates.full_date
