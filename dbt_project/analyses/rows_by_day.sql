-- Rows and amounts by business day, to compare a partition with its source.
with transactions as (
    select * from {{ ref('fact_transactions') }}
)

select
    transactions.transaction_date,
    count(*) as transaction_count,
    sum(transactions.transaction_amount) as total_amount
from transactions
where {{ in_window('transactions.transaction_date') }}
group by transactions.transaction_date
order by transactions.transaction_date
