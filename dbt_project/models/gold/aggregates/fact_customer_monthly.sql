{#
    Activity of a customer in a month, and balances at its end. Only days of the month are read, so
    a month is independent of the order of loads.
#}
with months as (
    {{ months_to_write() }}
),

bounds as (
    {{ days_of('months') }}
),

customers as (
    select
        months.month_end,
        customers.customer_id,
        customers.customer_key,
        customers.customer_tier,
        customers.geographic_region,
        customers.customer_since
    from months
    inner join {{ ref('dim_customer') }} as customers
        on
            {{ day_start('months.month_end + 1') }} > customers.valid_from
            and {{ day_start('months.month_end + 1') }} <= customers.valid_to
    where customers.customer_key <> -1
),

moves as (
    select
        facts.customer_id,
        facts.transaction_month as month_end,
        count(*) as attempt_count,
        count(*) filter (where facts.is_failed) as failed_count,
        count(*) filter (where facts.is_completed) as transaction_count,
        count(distinct facts.transaction_date) as active_days,
        count(distinct facts.merchant_key) filter (where facts.merchant_key <> -1)
            as merchant_count,
        max(facts.transaction_date) as last_transaction_date,
        count(*) filter (where facts.is_completed and facts.direction > 0) as credit_count,
        count(*) filter (where facts.is_completed and facts.direction < 0) as debit_count,
        sum(facts.credit_amount) filter (
            where facts.is_completed and facts.transaction_type <> 'OPENING_BALANCE'
        ) as credit_amount,
        sum(facts.debit_amount) filter (where facts.is_completed) as debit_amount,
        sum(facts.debit_amount * facts.debit_amount) filter (where facts.is_completed)
            as debit_squares,
        max(facts.debit_amount) filter (where facts.is_completed) as max_debit,
        {%- for type, name in [
            ('SALARY', 'salary'), ('CARD_PAYMENT', 'card_payment'),
            ('BILL_PAYMENT', 'bill_payment'), ('TRANSFER_IN', 'transfer_in'),
            ('TRANSFER_OUT', 'transfer_out'), ('LOAN_PAYMENT', 'loan_payment'),
            ('INTEREST', 'interest'), ('REFUND', 'refund'),
        ] %}
            sum(facts.transaction_amount_abs) filter (
                where facts.is_completed and facts.transaction_type = '{{ type }}'
            ) as {{ name }}_amount,
        {%- endfor %}
        sum(facts.transaction_amount_abs) filter (
            where facts.is_completed and facts.is_cash and facts.direction > 0
        ) as cash_in_amount,
        sum(facts.transaction_amount_abs) filter (
            where facts.is_completed and facts.is_cash and facts.direction < 0
        ) as cash_out_amount,
        {%- for channel in ['branch', 'atm', 'pos', 'online', 'mobile'] %}
            count(*) filter (where facts.is_completed and facts.channel = '{{ channel | upper }}')
                as {{ channel }}_count,
        {%- endfor %}
        count(*) filter (where facts.is_completed and facts.is_weekend) as weekend_count,
        count(*) filter (where facts.is_completed and facts.day_part = 'NIGHT') as night_count,
        count(*) filter (
            where facts.is_completed and (facts.is_foreign_currency or facts.is_foreign_merchant)
        ) as foreign_count,
        count(*) filter (where facts.is_flagged) as flagged_count,
        count(*) filter (where facts.is_fraud) as fraud_count,
        max(facts.risk_score) as max_risk_score
    from {{ ref('fact_transactions') }} as facts
    where
        facts.transaction_date >= (select bounds.first_day from bounds)
        and facts.transaction_date <= (select bounds.last_day from bounds)
    group by facts.customer_id, facts.transaction_month
),

holdings as (
    select
        balances.customer_id,
        balances.balance_date as month_end,
        count(*) as num_accounts,
        count(distinct balances.product_key) as num_products,
        sum(greatest(balances.closing_balance, 0)) as deposit_balance,
        sum(greatest(-balances.closing_balance, 0)) as overdrawn_balance
    from {{ ref('fact_balances') }} as balances
    where balances.balance_date in (select months.month_end from months)
    group by balances.customer_id, balances.balance_date
),

standing as (
    select
        accounts.customer_id,
        accounts.month_end,
        sum(accounts.balance_sum) / max(accounts.days) as average_balance,
        min(accounts.min_balance) as min_balance,
        max(accounts.max_balance) as max_balance,
        sum(accounts.overdraft_days)::bigint as overdraft_days,
        sum(accounts.interest_earned) as interest_earned,
        sum(accounts.fees_charged) as fees_charged
    from {{ ref('fact_account_monthly') }} as accounts
    where accounts.month_end in (select months.month_end from months)
    group by accounts.customer_id, accounts.month_end
)

select
    {{ dated_key('customers.customer_id', 'customers.month_end') }} as customer_month_key,
    customers.customer_key,
    coalesce(dates.date_key, -1) as date_key,
    customers.customer_id,
    customers.month_end,
    customers.customer_tier,
    customers.geographic_region,
    {{ whole_months('customers.customer_since', 'customers.month_end') }} as tenure_months,
    -- holdings
    {%- for name in [
        'num_accounts', 'num_products', 'deposit_balance', 'overdrawn_balance',
    ] %}
        coalesce(holdings.{{ name }}, 0) as {{ name }},
    {%- endfor %}
    -- balances
    standing.average_balance,
    standing.min_balance,
    standing.max_balance,
    coalesce(standing.overdraft_days, 0) as overdraft_days,
    coalesce(standing.interest_earned, 0) as interest_earned,
    coalesce(standing.fees_charged, 0) as fees_charged,
    -- movements
    {%- for name in [
        'attempt_count', 'failed_count', 'transaction_count', 'credit_count', 'debit_count',
        'active_days', 'merchant_count',
    ] %}
        coalesce(moves.{{ name }}, 0) as {{ name }},
    {%- endfor %}
    moves.last_transaction_date,
    {%- for name in [
        'credit_amount', 'debit_amount', 'debit_squares', 'max_debit', 'salary_amount',
        'card_payment_amount', 'bill_payment_amount', 'transfer_in_amount',
        'transfer_out_amount', 'loan_payment_amount', 'interest_amount', 'refund_amount',
        'cash_in_amount', 'cash_out_amount', 'branch_count', 'atm_count', 'pos_count',
        'online_count', 'mobile_count', 'weekend_count', 'night_count', 'foreign_count',
        'flagged_count', 'fraud_count', 'max_risk_score',
    ] %}
        coalesce(moves.{{ name }}, 0) as {{ name }},
    {%- endfor %}
    coalesce(moves.credit_amount, 0) - coalesce(moves.debit_amount, 0) as net_flow_amount,
    moves.debit_amount / nullif(moves.debit_count, 0) as average_debit,
    coalesce(moves.transaction_count, 0) > 0 as is_active
from customers
left join moves
    on
        customers.customer_id = moves.customer_id
        and customers.month_end = moves.month_end
left join holdings
    on
        customers.customer_id = holdings.customer_id
        and customers.month_end = holdings.month_end
left join standing
    on
        customers.customer_id = standing.customer_id
        and customers.month_end = standing.month_end
left join {{ ref('dim_date') }} as dates
    on customers.month_end = dates.full_date
order by customers.month_end, customers.customer_id
