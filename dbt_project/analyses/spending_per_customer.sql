-- Spending of each customer in the window, largest first.
with transactions as (
    select * from {{ ref('fact_transactions') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
)

select
    customers.customer_id,
    count(*) as transaction_count,
    sum(abs(transactions.transaction_amount)) as spent
from transactions
inner join customers on transactions.customer_key = customers.customer_key
where
    transactions.is_completed
    and transactions.transaction_amount < 0
    and {{ in_window('transactions.transaction_date') }}
group by customers.customer_id
order by spent desc
