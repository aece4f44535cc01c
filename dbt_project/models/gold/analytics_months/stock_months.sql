{#
    Number and balances of customers, accounts and loans at a month end. Customers and accounts are
    versions in force; a customer counts in each currency of an account held. Closed accounts are
    counted by status only and have no balance.
-#}
{%- set attributes = {
    'SEX': 'customers.sex', 'AGE_GROUP': 'customers.age_group',
    'INCOME_BAND': 'customers.income_bracket', 'EMPLOYMENT': 'customers.employment_status',
    'SEGMENT': 'customers.customer_tier', 'RISK_CLASS': 'customers.risk_profile',
    'REGION': 'customers.geographic_region', 'COUNTRY': 'customers.country',
    'TENURE': 'customers.tenure_band',
} -%}
with months as (
    {{ months_to_write() }}
),

balances as (
    select
        months.month_end,
        months.month_start,
        held.account_id,
        held.customer_id,
        held.customer_key,
        held.currency,
        greatest(held.closing_balance, 0) as deposit_balance,
        greatest(-held.closing_balance, 0) as owed_amount
    from months
    inner join {{ ref('fact_balances') }} as held
        on months.month_end = held.balance_date
),

customer_units as (
    select
        balances.month_end,
        'CUSTOMER' as subject,
        balances.currency,
        balances.customer_id,
        max(balances.customer_key) as customer_key,
        (max(customers.customer_since) >= max(balances.month_start))::integer as opened_count,
        sum(balances.deposit_balance) as deposit_balance,
        sum(balances.owed_amount) as owed_amount
    from balances
    inner join {{ ref('dim_customer') }} as customers
        on balances.customer_key = customers.customer_key
    group by balances.month_end, balances.currency, balances.customer_id
),

customer_rows as (
    select
        units.month_end,
        units.subject,
        units.currency,
        attributes.breakdown,
        attributes.member,
        units.opened_count,
        units.deposit_balance,
        units.owed_amount
    from customer_units as units
    inner join {{ ref('dim_customer') }} as customers
        on units.customer_key = customers.customer_key
    cross join
        lateral (
            values
            {%- for breakdown, column in attributes.items() %}
                ('{{ breakdown }}', coalesce({{ column }}, 'UNKNOWN')),
            {%- endfor %}
            ('TOTAL', 'ALL')
        ) as attributes (breakdown, member)
),

accounts as (
    select
        months.month_end,
        accounts.currency,
        accounts.account_type,
        accounts.status,
        (accounts.opening_date >= months.month_start)::integer as opened_count,
        coalesce(balances.deposit_balance, 0) as deposit_balance,
        coalesce(balances.owed_amount, 0) as owed_amount
    from months
    inner join {{ ref('dim_account') }} as accounts
        on
            months.cutoff_at > accounts.valid_from
            and months.cutoff_at <= accounts.valid_to
            and accounts.account_key <> -1
            and months.month_end >= accounts.opening_date
    left join balances
        on
            months.month_end = balances.month_end
            and accounts.account_id = balances.account_id
),

account_rows as (
    select
        accounts.month_end,
        'ACCOUNT' as subject,
        accounts.currency,
        breakdowns.breakdown,
        breakdowns.member,
        accounts.opened_count,
        accounts.deposit_balance,
        accounts.owed_amount
    from accounts
    cross join
        lateral (
            values
            ('TOTAL', 'ALL'),
            ('STATUS', accounts.status),
            ('TYPE', accounts.account_type),
            ('TYPE_STATUS', accounts.account_type || ' ' || accounts.status)
        ) as breakdowns (breakdown, member)
),

loan_starts as (
    select
        loans.loan_id,
        min(loans.origination_date) as origination_date
    from {{ ref('stg_loans') }} as loans
    group by loans.loan_id
),

loans as (
    select
        exposures.reporting_date as month_end,
        exposures.currency,
        exposures.product_type,
        case
            when exposures.is_defaulted then 'DEFAULTED'
            when exposures.days_past_due > 0 then 'PAST_DUE'
            else 'CURRENT'
        end as status,
        coalesce(loan_starts.origination_date >= months.month_start, false)::integer
            as opened_count,
        exposures.drawn_amount as owed_amount
    from months
    inner join {{ ref('credit_exposures') }} as exposures
        on months.month_end = exposures.reporting_date
    left join loan_starts
        on exposures.loan_id = loan_starts.loan_id
    where exposures.exposure_type = 'LOAN'
),

loan_rows as (
    select
        loans.month_end,
        'LOAN' as subject,
        loans.currency,
        breakdowns.breakdown,
        breakdowns.member,
        loans.opened_count,
        0 as deposit_balance,
        loans.owed_amount
    from loans
    cross join
        lateral (
            values
            ('TOTAL', 'ALL'),
            ('STATUS', loans.status),
            ('TYPE', loans.product_type),
            ('TYPE_STATUS', loans.product_type || ' ' || loans.status)
        ) as breakdowns (breakdown, member)
),

stocks as (
    select customer_rows.*
    from customer_rows
    union all
    select account_rows.*
    from account_rows
    union all
    select loan_rows.*
    from loan_rows
),

counted as (
    select
        stocks.month_end,
        stocks.subject,
        stocks.currency,
        stocks.breakdown,
        stocks.member,
        count(*) as unit_count,
        sum(stocks.opened_count) as opened_count,
        sum(stocks.deposit_balance) as deposit_balance,
        sum(stocks.owed_amount) as owed_amount
    from stocks
    group by
        stocks.month_end, stocks.subject, stocks.currency, stocks.breakdown, stocks.member
)

select
    counted.month_end,
    counted.subject,
    counted.currency,
    counted.breakdown,
    counted.member,
    counted.unit_count,
    counted.opened_count::bigint as opened_count,
    counted.deposit_balance::numeric(18, 2) as deposit_balance,
    counted.owed_amount::numeric(18, 2) as owed_amount,
    {{ ratio('counted.unit_count', 'sum(counted.unit_count) over members') }} as unit_share,
    {{ ratio('counted.deposit_balance', 'sum(counted.deposit_balance) over members') }}
        as deposit_share,
    {{ ratio('counted.owed_amount', 'sum(counted.owed_amount) over members') }} as owed_share
from counted
window
    members as (
        partition by counted.month_end, counted.subject, counted.currency, counted.breakdown
    )
order by
    counted.month_end, counted.subject, counted.currency, counted.breakdown, counted.member
