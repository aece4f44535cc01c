{#
    Balances, debts and revenue of each product in a month, for accounts, cards and loans. Interest
    on loans is the interest part of the instalments due in the month, paid or not; amounts past due
    and in default are separate columns. Interest on card debt is booked as a fee.
#}
with months as (
    {{ months_to_write() }}
),

bounds as (
    {{ days_of('months') }}
),

products as (
    select
        products.product_key,
        products.product_id,
        products.product_name,
        products.product_type,
        products.product_category
    from {{ ref('dim_product') }} as products
),

-- Accounts of the month, including those closed in it.
accounts as (
    select
        months.month_end,
        accounts.account_id,
        accounts.customer_id,
        accounts.product_id,
        accounts.currency,
        accounts.is_open,
        accounts.opening_date >= months.month_start as is_new,
        not accounts.is_open and accounts.closing_date >= months.month_start as is_closing
    from months
    inner join {{ ref('dim_account') }} as accounts
        on
            months.cutoff_at > accounts.valid_from
            and months.cutoff_at <= accounts.valid_to
            and accounts.account_key <> -1
            and months.month_end >= accounts.opening_date
),

account_earnings as (
    select
        monthly.account_id,
        monthly.month_end,
        sum(monthly.fees_charged) as fees_charged,
        sum(monthly.interest_earned) as interest_earned
    from {{ ref('fact_account_monthly') }} as monthly
    where monthly.month_end in (select months.month_end from months)
    group by monthly.account_id, monthly.month_end
),

account_contracts as (
    select
        accounts.month_end,
        accounts.currency,
        accounts.product_id,
        accounts.customer_id,
        accounts.is_open,
        accounts.is_new,
        accounts.is_closing,
        greatest(coalesce(balances.closing_balance, 0), 0) as held_amount,
        greatest(-coalesce(balances.closing_balance, 0), 0) as owed_amount,
        0 as interest_income,
        coalesce(earned.fees_charged, 0) as fee_income,
        coalesce(earned.interest_earned, 0) as interest_paid,
        coalesce(exposures.days_past_due > 0, false) as is_past_due,
        coalesce(exposures.is_defaulted, false) as is_defaulted
    from accounts
    left join {{ ref('fact_balances') }} as balances
        on
            accounts.account_id = balances.account_id
            and accounts.month_end = balances.balance_date
    left join account_earnings as earned
        on accounts.account_id = earned.account_id and accounts.month_end = earned.month_end
    left join {{ ref('credit_exposures') }} as exposures
        on
            'C-' || accounts.account_id = exposures.exposure_id
            and accounts.month_end = exposures.reporting_date
    where accounts.is_open or accounts.is_closing or earned.fees_charged > 0
),

loan_interest as (
    select
        {{ month_end('instalments.due_date') }} as month_end,
        instalments.loan_id,
        sum(instalments.interest_component) as interest_income
    from {{ ref('fact_loan_payments') }} as instalments
    cross join bounds
    where instalments.due_date between bounds.first_day and bounds.last_day
    group by {{ month_end('instalments.due_date') }}, instalments.loan_id
),

loan_versions as (
    select distinct on (months.month_end, loans.loan_id)
        months.month_end,
        loans.loan_id,
        loans.customer_id,
        loans.product_id,
        loans.currency,
        loans.origination_date >= months.month_start as is_new,
        loans.status not in ('PAID_OFF', 'CHARGED_OFF') as is_open,
        loans.status in ('PAID_OFF', 'CHARGED_OFF')
        and {{ business_date("loans.valid_from") }} >= months.month_start as is_closing
    from months
    inner join {{ ref('stg_loans') }} as loans
        on
            months.cutoff_at > loans.valid_from
            and months.cutoff_at <= loans.valid_to
            and months.month_end >= loans.origination_date
    order by months.month_end asc, loans.loan_id asc, loans.valid_from desc
),

loan_contracts as (
    select
        loans.month_end,
        loans.currency,
        loans.product_id,
        loans.customer_id,
        loans.is_open,
        loans.is_new,
        loans.is_closing,
        0 as held_amount,
        coalesce(exposures.drawn_amount, 0) as owed_amount,
        coalesce(loan_interest.interest_income, 0) as interest_income,
        0 as fee_income,
        0 as interest_paid,
        coalesce(exposures.days_past_due > 0, false) as is_past_due,
        coalesce(exposures.is_defaulted, false) as is_defaulted
    from loan_versions as loans
    left join {{ ref('credit_exposures') }} as exposures
        on
            'L-' || loans.loan_id = exposures.exposure_id
            and loans.month_end = exposures.reporting_date
    left join loan_interest
        on loans.loan_id = loan_interest.loan_id and loans.month_end = loan_interest.month_end
    where loans.is_open or loans.is_closing or loan_interest.interest_income > 0
),

contracts as (
    select account_contracts.*
    from account_contracts
    union all
    select loan_contracts.*
    from loan_contracts
),

summed as (
    select
        contracts.month_end,
        contracts.currency,
        contracts.product_id,
        count(*) filter (where contracts.is_open) as contract_count,
        count(distinct contracts.customer_id) filter (where contracts.is_open) as customer_count,
        count(*) filter (where contracts.is_new) as opened_count,
        count(*) filter (where contracts.is_closing) as closed_count,
        sum(contracts.held_amount) as held_amount,
        sum(contracts.owed_amount) as owed_amount,
        sum(contracts.interest_income) as interest_income,
        sum(contracts.fee_income) as fee_income,
        sum(contracts.interest_paid) as interest_paid,
        count(*) filter (where contracts.is_past_due) as past_due_count,
        coalesce(sum(contracts.owed_amount) filter (where contracts.is_past_due), 0)
            as past_due_amount,
        count(*) filter (where contracts.is_defaulted) as defaulted_count,
        coalesce(sum(contracts.owed_amount) filter (where contracts.is_defaulted), 0)
            as defaulted_amount
    from contracts
    group by contracts.month_end, contracts.currency, contracts.product_id
),

earned as (
    select
        summed.*,
        summed.interest_income + summed.fee_income - summed.interest_paid as revenue_amount
    from summed
)

select
    earned.month_end,
    earned.currency,
    earned.product_id,
    coalesce(products.product_key, -1) as product_key,
    coalesce(products.product_name, earned.product_id) as product_name,
    coalesce(products.product_type, 'UNKNOWN') as product_type,
    coalesce(products.product_category, 'UNKNOWN') as product_category,
    earned.contract_count,
    earned.customer_count,
    earned.opened_count,
    earned.closed_count,
    earned.held_amount::numeric(18, 2) as held_amount,
    earned.owed_amount::numeric(18, 2) as owed_amount,
    earned.interest_income::numeric(18, 2) as interest_income,
    earned.fee_income::numeric(18, 2) as fee_income,
    earned.interest_paid::numeric(18, 2) as interest_paid,
    earned.revenue_amount::numeric(18, 2) as revenue_amount,
    {{ ratio('12 * earned.revenue_amount', 'earned.held_amount + earned.owed_amount') }}
        as revenue_rate,
    earned.past_due_count,
    earned.past_due_amount::numeric(18, 2) as past_due_amount,
    earned.defaulted_count,
    earned.defaulted_amount::numeric(18, 2) as defaulted_amount,
    {{ ratio('earned.contract_count', 'sum(earned.contract_count) over month_products') }}
        as contract_share,
    {{ ratio('earned.revenue_amount', 'sum(earned.revenue_amount) over month_products') }}
        as revenue_share
from earned
left join products
    on earned.product_id = products.product_id
window month_products as (partition by earned.month_end, earned.currency)
order by earned.month_end, earned.currency, earned.product_id
