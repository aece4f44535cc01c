"""Queries of the page of customers.

Values are those of `gold.customer_lifetime_value` on its last month end, segments by recency,
frequency and money those of `gold.customer_segments`, counts over time those of
`gold.stock_months`. Lifetime values are in the bank's own currency.
"""

_VALUES = """
    with last_date as (
        select max(observation_date) as observation_date
        from gold.customer_lifetime_value
        where observation_date <= %(as_of)s
    ),

    customers as (
        select
            facts.customer_id,
            facts.customer_key,
            facts.customer_lifetime_value,
            facts.probability_active,
            facts.customer_segment
        from last_date
        inner join gold.customer_lifetime_value as facts
            on last_date.observation_date = facts.observation_date
    )
"""

DISTRIBUTION = f"""
    {_VALUES},

    spread as (
        select
            percentile_cont(0.5) within group (
                order by customer_lifetime_value::double precision
            ) as median_value,
            percentile_cont(0.95) within group (
                order by customer_lifetime_value::double precision
            ) / 20 as twentieth,
            avg(customer_lifetime_value)::double precision as mean_value,
            count(customer_lifetime_value) as valued_count
        from customers
    ),

    -- A width of one digit, such as 20 or 300, so that bins begin at round amounts.
    bins as (
        select
            median_value,
            mean_value,
            valued_count,
            case
                when twentieth > 0
                    then ceil(twentieth / power(10, floor(log(twentieth))))
                        * power(10, floor(log(twentieth)))
                else 1
            end as bin_width
        from spread
    ),

    binned as (
        select
            greatest(
                least(floor(customers.customer_lifetime_value / bins.bin_width), 20), -20
            ) * bins.bin_width as lower,
            bins.bin_width,
            bins.median_value,
            bins.mean_value,
            bins.valued_count
        from customers
        cross join bins
        where customers.customer_lifetime_value is not null
    )

    select
        lower,
        bin_width,
        count(*) as customers,
        median_value,
        mean_value,
        valued_count
    from binned
    group by lower, bin_width, median_value, mean_value, valued_count
    order by lower
"""

DECILES = f"""
    {_VALUES},

    ranked as (
        select
            ntile(10) over (order by customer_lifetime_value desc, customer_id) as decile,
            customer_lifetime_value
        from customers
        where customer_lifetime_value is not null
    )

    select
        decile,
        count(*) as customers,
        sum(customer_lifetime_value) as total_value,
        -- Of a sum below zero there are no shares.
        coalesce(
            sum(customer_lifetime_value)
            / nullif(greatest(sum(sum(customer_lifetime_value)) over (), 0), 0),
            0
        )::double precision as value_share
    from ranked
    group by decile
    order by decile
"""

TIERS = f"""
    {_VALUES},

    tiered as (
        select
            coalesce(versions.customer_tier, 'UNKNOWN') as customer_tier,
            customers.customer_lifetime_value
        from customers
        left join gold.dim_customer as versions on customers.customer_key = versions.customer_key
    )

    select
        customer_tier,
        count(*) as customers,
        avg(customer_lifetime_value)::double precision as mean_value,
        sum(customer_lifetime_value) as total_value,
        coalesce(
            sum(customer_lifetime_value)
            / nullif(greatest(sum(sum(customer_lifetime_value)) over (), 0), 0),
            0
        )::double precision as value_share
    from tiered
    group by customer_tier
    having count(customer_lifetime_value) > 0
    order by mean_value desc, customer_tier
"""

VALUE_SEGMENTS = f"""
    {_VALUES}

    select
        customer_segment,
        count(*) as customers,
        (count(*) / sum(count(*)) over ())::double precision as customer_share
    from customers
    group by customer_segment
    order by case customer_segment when 'High Value' then 1 when 'Medium Value' then 2 else 3 end
"""

ACTIVE = f"""
    {_VALUES},

    binned as (
        select least(floor(probability_active * 10), 9) / 10 as lower
        from customers
        where probability_active is not null
    )

    select
        lower,
        count(*) as customers
    from binned
    group by lower
    order by lower
"""

_SEGMENTS = f"""
    {_VALUES},

    valued as (
        select
            segments.rfm_segment,
            customers.customer_lifetime_value,
            customers.probability_active
        from last_date
        inner join gold.customer_segments as segments
            on last_date.observation_date >= segments.observation_date
        left join customers on segments.customer_id = customers.customer_id
    ),

    segments as (
        select
            rfm_segment,
            case rfm_segment
                when 'CHAMPION' then 1 when 'LOYAL' then 2 when 'PROMISING' then 3
                when 'NEEDS_ATTENTION' then 4 when 'AT_RISK' then 5 when 'HIBERNATING' then 6
                else 7
            end as place,
            count(*) as customers,
            (count(*) / sum(count(*)) over ())::double precision as customer_share,
            avg(customer_lifetime_value)::double precision as mean_value,
            sum(customer_lifetime_value) as total_value,
            avg(probability_active::numeric)::double precision as mean_active
        from valued
        group by rfm_segment
    )
"""

RFM = f"""
    {_SEGMENTS}

    select
        rfm_segment,
        customers,
        customer_share,
        mean_value,
        total_value,
        mean_active
    from segments
    order by place
"""

RFM_TABLE = f"""
    {_SEGMENTS}

    select
        replace(lower(rfm_segment), '_', ' ') as "Segment",
        customers as "Customers",
        customer_share as "Customer share",
        round(mean_value::numeric, 2) as "Mean lifetime value",
        total_value as "Lifetime value",
        mean_active as "Chance of paying again, mean rate"
    from segments
    order by place
"""


def _stock(breakdown: str) -> str:
    """Members of a breakdown of customers on the last month end."""
    return f"""
    with last_month as (
        select max(month_end) as month_end
        from gold.stock_months
        where subject = 'CUSTOMER' and breakdown = '{breakdown}'
            and currency = %(currency)s and month_end <= %(as_of)s
    )

    select
        facts.member,
        facts.unit_count as customers,
        facts.opened_count,
        facts.deposit_balance,
        facts.unit_share
    from last_month
    inner join gold.stock_months as facts on last_month.month_end = facts.month_end
    where facts.subject = 'CUSTOMER' and facts.breakdown = '{breakdown}'
        and facts.currency = %(currency)s
    """


TENURE = f"""
    {_stock("TENURE")}
    order by case facts.member
        when 'UNDER_1Y' then 1 when '1Y_3Y' then 2 when '3Y_5Y' then 3 when '5Y_10Y' then 4
        when '10Y_PLUS' then 5 else 6
    end
"""

TIER_MONTHS = """
    select
        month_end,
        member as customer_tier,
        unit_count as customers
    from gold.stock_months
    where
        subject = 'CUSTOMER'
        and breakdown = 'SEGMENT'
        and currency = %(currency)s
        and month_end <= %(as_of)s
    order by customer_tier, month_end
"""
