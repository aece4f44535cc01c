"""Queries of the page of descriptive analytics: the last whole month, and how it came to that.

Belongs here: the SQL alone. Does not belong here: charts and their sentences (`descriptive`).
"""

LAST_MONTH = """
    last_month as (
        select max(month_end) as month_end
        from gold.descriptive_analytics
        where breakdown = 'TOTAL'
            and is_whole_month
            and currency = %(currency)s
            and month_end <= %(as_of)s
    )
"""


KPIS = f"""
    with {LAST_MONTH},

    totals as (
        select
            month_end,
            is_whole_month,
            active_customers::numeric as active_customers,
            completed_count::numeric as completed_count,
            volume_amount,
            fees,
            transactions_per_customer::numeric as transactions_per_customer,
            median_amount,
            failure_rate::numeric as failure_rate,
            fraud_rate::numeric as fraud_rate
        from gold.descriptive_analytics
        where breakdown = 'TOTAL' and currency = %(currency)s
    ),

    compared as (
        select kpi.*
        from last_month
        inner join totals as new on last_month.month_end = new.month_end
        left join totals as old
            on
                (date_trunc('month', new.month_end) - interval '1 day')::date = old.month_end
                and old.is_whole_month
        cross join lateral (
            values
            (1, 'Active customers', new.active_customers, old.active_customers),
            (2, 'Transactions', new.completed_count, old.completed_count),
            (3, 'Volume', new.volume_amount, old.volume_amount),
            (4, 'Fees', new.fees, old.fees),
            (5, 'Transactions a customer', new.transactions_per_customer, old.transactions_per_customer),
            (6, 'Median amount', new.median_amount, old.median_amount),
            (7, 'Refused', new.failure_rate, old.failure_rate),
            (8, 'Fraud', new.fraud_rate, old.fraud_rate)
        ) as kpi (position, name, value, month_before)
    )

    select name, value, month_before
    from compared
    order by position
"""


TRENDS = """
    select month_end, volume_amount, day_adjusted_amount, completed_count
    from gold.descriptive_analytics
    where breakdown = 'TOTAL'
        and is_whole_month
        and currency = %(currency)s
        and month_end <= %(as_of)s
    order by month_end
"""


def members(breakdown: str, columns: str) -> str:
    """Query of the members of a breakdown in the last whole month, largest volume first."""
    return f"""
    with {LAST_MONTH}

    select member, {columns}
    from gold.descriptive_analytics
    inner join last_month using (month_end)
    where breakdown = '{breakdown}' and currency = %(currency)s
    order by volume_rank, member
"""


PRODUCTS = """
    with last_month as (
        select max(month_end) as month_end
        from gold.product_months
        where currency = %(currency)s and month_end <= %(as_of)s
    )

    select product_category, product_name, held_amount + owed_amount as balance
    from gold.product_months
    inner join last_month using (month_end)
    where currency = %(currency)s and held_amount + owed_amount > 0
    order by product_category, balance desc, product_name
"""


MERCHANTS = """
    with last_month as (
        select max(month_end) as month_end
        from gold.merchant_months
        where currency = %(currency)s and month_end <= %(as_of)s
    )

    select merchant.merchant_name, month.volume_amount, month.payment_count, month.volume_share
    from gold.merchant_months as month
    inner join last_month using (month_end)
    inner join gold.dim_merchant as merchant using (merchant_key)
    where month.currency = %(currency)s
    order by month.volume_rank, merchant.merchant_name
    limit 15
"""


DEMOGRAPHICS = """
    with last_month as (
        select max(month_end) as month_end
        from gold.stock_months
        where subject = 'CUSTOMER' and currency = %(currency)s and month_end <= %(as_of)s
    )

    select lower(member) as age_group, unit_count as customers, deposit_balance, unit_share
    from gold.stock_months
    inner join last_month using (month_end)
    where subject = 'CUSTOMER' and breakdown = 'AGE_GROUP' and currency = %(currency)s
    order by member
"""


ACCOUNT_STATUS = """
    with last_month as (
        select max(month_end) as month_end
        from gold.stock_months
        where subject = 'ACCOUNT' and currency = %(currency)s and month_end <= %(as_of)s
    )

    select member as status, unit_count as accounts, deposit_balance, unit_share
    from gold.stock_months
    inner join last_month using (month_end)
    where subject = 'ACCOUNT' and breakdown = 'STATUS' and currency = %(currency)s
    order by unit_count desc, member
"""
