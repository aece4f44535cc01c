select
    accounts.account_id,
    accounts.customer_id,
    accounts.product_id,
    accounts.account_type,
    accounts.account_number_masked as account_number,
    accounts.opening_date,
    accounts.closing_date,
    accounts.status,
    coalesce(last_days.closing_balance, 0) as balance,
    accounts.currency,
    accounts.interest_rate,
    accounts.credit_limit,
    accounts.branch_id
from {{ ref('stg_accounts') }} as accounts
left join lateral (
    select balances.closing_balance
    from {{ ref('fact_balances') }} as balances
    where accounts.account_id = balances.account_id
    order by balances.balance_date desc
    limit 1
) as last_days on true
where accounts.is_current and not accounts.is_deleted
