"""Query of the dates on which customers left the bank.

Belongs here: the SQL shared by several assets.
"""

LEFT_DATES = """
    with accounts as (
        select distinct on (account_id) account_id, customer_id,
            least(closing_date, case when is_deleted then valid_to::date end) as closed_date
        from gold.dim_account
        where account_key <> -1
        order by account_id, valid_from desc
    )
    select customer_id, max(closed_date) as left_date
    from accounts
    group by customer_id
    having bool_and(closed_date is not null)
    order by customer_id
"""
"""`customer_id` and `left_date` of customers without an open account: when the last one closed."""
