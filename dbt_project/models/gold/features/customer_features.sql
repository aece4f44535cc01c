{#
    Features of a customer known at a month end: months up to it, the version in force, debts, and
    indicators with a completed reference period. Months are calendar months; 3m is the last three,
    or fewer for a new customer. Sex and name are not features: treatment must not depend on them.
#}
{%- set amounts = [
    'credit_amount', 'debit_amount', 'net_flow_amount', 'salary_amount', 'card_payment_amount',
    'bill_payment_amount', 'transfer_in_amount', 'transfer_out_amount', 'loan_payment_amount',
    'refund_amount', 'cash_in_amount', 'cash_out_amount', 'fees_charged', 'interest_earned',
    'debit_squares',
] -%}
{%- set counts = [
    'transaction_count', 'debit_count', 'branch_count', 'atm_count', 'pos_count', 'online_count',
    'mobile_count', 'weekend_count', 'night_count', 'foreign_count', 'attempt_count',
    'failed_count', 'flagged_count', 'fraud_count', 'overdraft_days', 'active_days',
    'merchant_count',
] -%}
with observation_dates as (
    select month_ends.month_end as observation_date
    from ({{ month_ends('observation_date') }}) as month_ends
),

months as (
    select
        months.*,
        (
            12 * extract(year from months.month_end) + extract(month from months.month_end)
        )::integer as month_number
    from {{ ref('fact_customer_monthly') }} as months
    -- The bound is a constant: for the result of a subquery the planner assumes a selectivity of
    -- 0.5%.
    where months.month_end > {{ shift_month_end(month_end(window_start()), -12) }}
),

histories as (
    select
        months.*,
        {%- for name in amounts %}
            sum(months.{{ name }}) over last_3m as {{ name }}_3m,
            sum(months.{{ name }}) over last_12m as {{ name }}_12m,
        {%- endfor %}
        {%- for name in counts %}
            (sum(months.{{ name }}) over last_3m)::bigint as {{ name }}_3m,
            (sum(months.{{ name }}) over last_12m)::bigint as {{ name }}_12m,
        {%- endfor %}
        sum(months.credit_amount) over last_6m as credit_amount_6m,
        sum(months.debit_amount) over last_6m as debit_amount_6m,
        sum(months.net_flow_amount) over last_6m as net_flow_amount_6m,
        (sum(months.transaction_count) over last_6m)::bigint as transaction_count_6m,
        sum(months.credit_amount) over before_3m as credit_amount_before_3m,
        sum(months.debit_amount) over before_3m as debit_amount_before_3m,
        sum(months.transaction_count) over before_3m as transaction_count_before_3m,
        sum(months.online_count + months.mobile_count) over before_3m as digital_count_before_3m,
        avg(months.average_balance) over last_3m as average_balance_3m,
        avg(months.average_balance) over last_6m as average_balance_6m,
        avg(months.average_balance) over last_12m as average_balance_12m,
        avg(months.average_balance) over before_3m as average_balance_before_3m,
        stddev_samp(months.average_balance::double precision) over last_6m as balance_volatility_6m,
        stddev_samp(months.credit_amount::double precision) over last_6m as credit_volatility_6m,
        stddev_samp(months.debit_amount::double precision) over last_6m as debit_volatility_6m,
        min(months.min_balance) over last_3m as min_balance_3m,
        min(months.min_balance) over last_12m as min_balance_12m,
        max(months.max_balance) over last_3m as max_balance_3m,
        max(months.max_debit) over last_3m as max_debit_3m,
        max(months.max_debit) over last_12m as max_debit_12m,
        max(months.max_risk_score) over last_3m as max_risk_score_3m,
        max(months.max_risk_score) over last_12m as max_risk_score_12m,
        max(months.last_transaction_date) over last_12m as last_transaction_date_12m,
        count(*) over last_12m as observed_months_12m,
        count(*) filter (where months.is_active) over last_6m as active_months_6m,
        count(*) filter (where months.is_active) over last_12m as active_months_12m,
        count(*) filter (where months.salary_amount > 0) over last_6m as salary_months_6m
    from months
    window
        customer as (partition by months.customer_id order by months.month_number),
        last_3m as (customer range between 2 preceding and current row),
        last_6m as (customer range between 5 preceding and current row),
        last_12m as (customer range between 11 preceding and current row),
        before_3m as (customer range between 5 preceding and 3 preceding)
),

credit as (
    select
        features.customer_id,
        features.observation_date,
        count(*) filter (where features.exposure_type = 'LOAN') as num_loans,
        count(*) filter (where features.exposure_type = 'CREDIT_CARD') as num_cards,
        sum(features.drawn_amount) as total_debt,
        sum(features.credit_limit) as card_limit,
        sum(features.drawn_amount) filter (where features.exposure_type = 'CREDIT_CARD')
            as card_debt,
        max(features.days_past_due) as max_days_past_due,
        max(features.max_dpd_12m) as max_dpd_12m,
        sum(features.arrears_amount) as arrears_amount,
        sum(features.missed_instalments_3m)::bigint as missed_instalments_3m,
        sum(features.missed_instalments_12m)::bigint as missed_instalments_12m,
        sum(features.late_instalments_3m)::bigint as late_instalments_3m,
        sum(features.late_instalments_12m)::bigint as late_instalments_12m,
        sum(features.instalment_amount) as instalment_amount,
        min(features.remaining_months) as months_to_next_maturity,
        max(features.months_on_book) as months_on_book,
        bool_or(features.is_defaulted) as is_defaulted
    from {{ ref('credit_features') }} as features
    where
        features.observation_date in (
            select observation_dates.observation_date from observation_dates
        )
    group by features.customer_id, features.observation_date
),

economy as (
    {{ economy_known_on('observation_dates') }}
)

select
    histories.customer_id,
    histories.month_end as observation_date,
    histories.customer_key,
    histories.date_key,
    -- person
    extract(year from histories.month_end)::integer - customers.birth_year as age,
    customers.employment_status,
    customers.annual_income,
    customers.credit_score,
    customers.credit_score_change,
    customers.risk_profile,
    histories.customer_tier,
    customers.is_domestic,
    customers.is_digitally_reachable,
    histories.tenure_months,
    histories.observed_months_12m,
    -- holdings
    histories.num_accounts,
    histories.num_products,
    coalesce(credit.num_loans, 0) as num_loans,
    coalesce(credit.num_cards, 0) as num_cards,
    histories.num_accounts + coalesce(credit.num_loans, 0) as num_contracts,
    -- balances
    histories.deposit_balance,
    histories.overdrawn_balance,
    histories.average_balance as average_balance_1m,
    histories.average_balance_3m,
    histories.average_balance_6m,
    histories.average_balance_12m,
    histories.average_balance_3m - histories.average_balance_before_3m as average_balance_change_3m,
    histories.balance_volatility_6m,
    histories.min_balance_3m,
    histories.min_balance_12m,
    histories.max_balance_3m,
    histories.overdraft_days as overdraft_days_1m,
    histories.overdraft_days_3m,
    histories.overdraft_days_12m,
    {{ ratio('histories.deposit_balance', 'customers.annual_income') }} as deposit_to_income,
    -- flows
    histories.credit_amount as credit_amount_1m,
    histories.credit_amount_3m,
    histories.credit_amount_6m,
    histories.credit_amount_12m,
    histories.debit_amount as debit_amount_1m,
    histories.debit_amount_3m,
    histories.debit_amount_6m,
    histories.debit_amount_12m,
    histories.net_flow_amount as net_flow_amount_1m,
    histories.net_flow_amount_3m,
    histories.net_flow_amount_6m,
    histories.net_flow_amount_12m,
    histories.salary_amount_3m,
    histories.salary_amount_12m,
    histories.salary_months_6m,
    -- The cap applies to the numerator: `least` over the quotient would replace its null by the
    -- cap.
    {{ ratio(
        'greatest(histories.net_flow_amount_6m, -histories.credit_amount_6m)',
        'histories.credit_amount_6m'
    ) }} as saving_rate_6m,
    {%- for way in ['credit', 'debit'] %}
        case
            when histories.{{ way }}_amount_before_3m > 0
                then
                    least(
                        {{ ratio(
                            'histories.' ~ way ~ '_amount_3m',
                            'histories.' ~ way ~ '_amount_before_3m'
                        ) }},
                        1000
                    )
        end as {{ way }}_trend_3m,
    {%- endfor %}
    histories.credit_volatility_6m,
    histories.debit_volatility_6m,
    -- recency, frequency, size
    histories.month_end - histories.last_transaction_date_12m as days_since_transaction,
    histories.transaction_count as transaction_count_1m,
    histories.transaction_count_3m,
    histories.transaction_count_6m,
    histories.transaction_count_12m,
    {{ ratio('histories.transaction_count_3m', 'histories.transaction_count_before_3m') }}
        as transaction_trend_3m,
    histories.active_months_6m,
    histories.active_months_12m,
    histories.active_days as active_days_1m,
    histories.active_days_3m,
    {{ ratio('histories.debit_amount_3m', 'histories.debit_count_3m') }} as average_debit_3m,
    {{ ratio('histories.debit_amount_12m', 'histories.debit_count_12m') }} as average_debit_12m,
    histories.max_debit_3m,
    histories.max_debit_12m,
    sqrt(greatest(
        {{ ratio('histories.debit_squares_3m', 'histories.debit_count_3m') }}
        - power({{ ratio('histories.debit_amount_3m', 'histories.debit_count_3m') }}, 2),
        0
    )) as debit_spread_3m,
    -- channels
    {%- for channel in ['branch', 'atm', 'pos', 'online', 'mobile'] %}
        {{ ratio('histories.' ~ channel ~ '_count_3m', 'histories.transaction_count_3m') }}
            as {{ channel }}_share_3m,
    {%- endfor %}
    {{ ratio(
        '(histories.online_count_3m + histories.mobile_count_3m)', 'histories.transaction_count_3m'
    ) }} as digital_share_3m,
    {{ ratio(
        '(histories.online_count_3m + histories.mobile_count_3m)', 'histories.transaction_count_3m'
    ) }}
    - {{ ratio('histories.digital_count_before_3m', 'histories.transaction_count_before_3m') }}
        as digital_share_change_3m,
    histories.cash_in_amount_3m,
    histories.cash_out_amount_3m,
    {{ ratio('histories.cash_out_amount_3m', 'histories.debit_amount_3m') }} as cash_share_3m,
    -- purposes
    {%- for purpose in ['card_payment', 'bill_payment', 'transfer_out', 'loan_payment'] %}
        {{ ratio('histories.' ~ purpose ~ '_amount_3m', 'histories.debit_amount_3m') }}
            as {{ purpose }}_share_3m,
    {%- endfor %}
    {{ ratio('histories.transfer_in_amount_3m', 'histories.credit_amount_3m') }}
        as transfer_in_share_3m,
    histories.card_payment_amount_3m,
    histories.card_payment_amount_12m,
    histories.bill_payment_amount_3m,
    histories.refund_amount_12m,
    histories.merchant_count as merchant_count_1m,
    {{ ratio('histories.merchant_count_3m', 'least(histories.observed_months_12m, 3)') }}
        as average_merchants_3m,
    {%- for habit in ['weekend', 'night', 'foreign'] %}
        {{ ratio('histories.' ~ habit ~ '_count_3m', 'histories.transaction_count_3m') }}
            as {{ habit }}_share_3m,
    {%- endfor %}
    -- warnings
    histories.failed_count_3m,
    {{ ratio('histories.failed_count_3m', 'histories.attempt_count_3m') }} as failed_share_3m,
    histories.flagged_count_3m,
    histories.flagged_count_12m,
    histories.fraud_count_12m,
    histories.max_risk_score_3m,
    histories.max_risk_score_12m,
    -- earnings of the bank
    histories.fees_charged as fees_charged_1m,
    histories.fees_charged_3m,
    histories.fees_charged_12m,
    histories.interest_earned_3m,
    histories.interest_earned_12m,
    -- credit
    coalesce(credit.total_debt, 0) as total_debt,
    {{ ratio('coalesce(credit.total_debt, 0)', 'customers.annual_income') }} as debt_to_income,
    {{ ratio('credit.card_debt', 'credit.card_limit') }} as card_utilisation_rate,
    coalesce(credit.max_days_past_due, 0) as max_days_past_due,
    coalesce(credit.max_dpd_12m, 0) as max_dpd_12m,
    coalesce(credit.arrears_amount, 0) as arrears_amount,
    coalesce(credit.missed_instalments_3m, 0) as missed_instalments_3m,
    coalesce(credit.missed_instalments_12m, 0) as missed_instalments_12m,
    coalesce(credit.late_instalments_3m, 0) as late_instalments_3m,
    coalesce(credit.late_instalments_12m, 0) as late_instalments_12m,
    coalesce(credit.instalment_amount, 0) as instalment_amount,
    {{ ratio('12 * coalesce(credit.instalment_amount, 0)', 'customers.annual_income') }}
        as payment_to_income,
    credit.months_to_next_maturity,
    credit.months_on_book,
    coalesce(credit.is_defaulted, false) as is_defaulted,
    -- economy
    economy.unemployment_pct,
    economy.unemployment_change_12m,
    economy.inflation_pct,
    economy.policy_rate_pct,
    economy.policy_rate_change_12m,
    economy.gdp_growth_pct,
    economy.house_price_change_12m
from histories
inner join observation_dates
    on histories.month_end = observation_dates.observation_date
inner join {{ ref('dim_customer') }} as customers
    on histories.customer_key = customers.customer_key
left join credit
    on
        histories.customer_id = credit.customer_id
        and histories.month_end = credit.observation_date
left join economy
    on
        customers.country = economy.country
        and histories.month_end = economy.observation_date
order by histories.month_end, histories.customer_id
