with ledger as (
    select
        stg_ledger_balances.*,
        stg_ledger_balances.account_type in ('INCOME', 'EXPENSE') as is_result_account,
        case when stg_ledger_balances.account_type in ('ASSET', 'EXPENSE') then 1 else -1 end
            as natural_sign,
        stg_ledger_balances.debit_amount - stg_ledger_balances.credit_amount as movement
    from {{ ref('stg_ledger_balances') }} as stg_ledger_balances
),

-- Postings of January include the closing entry of the old year, which is neither income nor
-- expense of January.
moved as (
    select
        ledger.*,
        case
            when ledger.is_result_account and extract(month from ledger.report_date) = 1
                then ledger.closing_balance
            else ledger.movement
        end as own_movement
    from ledger
)

select
    {{ surrogate_key(["to_char(moved.report_date, 'YYYYMMDD')", 'moved.account_code']) }}
        as ledger_key,
    coalesce(dates.date_key, -1) as date_key,
    moved.report_date,
    moved.account_code,
    moved.account_name,
    moved.account_type,
    moved.account_group,
    moved.currency,
    moved.opening_balance,
    moved.debit_amount,
    moved.credit_amount,
    moved.closing_balance,
    moved.movement,
    moved.natural_sign * moved.closing_balance as natural_balance,
    moved.natural_sign * moved.own_movement as natural_movement,
    moved.is_result_account
from moved
left join {{ ref('dim_date') }} as dates
    on moved.report_date = dates.full_date
