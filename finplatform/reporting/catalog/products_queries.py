"""Queries of the page of products.

All read `gold.product_months`. The year of a page is the twelve months up to the last one held;
the expected loss is that of the exposures on the last reporting date that are not in default, over
one year: what defaults before is lost already.
"""

_LAST_MONTH = """
    last_month as (
        select max(month_end) as month_end
        from gold.product_months
        where currency = %(currency)s and month_end <= %(as_of)s
    )
"""

_YEAR = f"""
    with {_LAST_MONTH},

    months as (
        select
            facts.product_key,
            facts.product_name,
            facts.product_type,
            facts.product_category,
            facts.month_end,
            facts.month_end = last_month.month_end as is_last,
            facts.contract_count,
            facts.customer_count,
            facts.opened_count,
            facts.closed_count,
            facts.held_amount,
            facts.owed_amount,
            facts.interest_income,
            facts.fee_income,
            facts.interest_paid,
            facts.revenue_amount,
            facts.past_due_amount,
            facts.defaulted_amount
        from last_month
        inner join gold.product_months as facts
            on
                facts.month_end >= date_trunc('month', last_month.month_end) - interval '{{months}} months'
                and facts.month_end <= last_month.month_end
        where facts.currency = %(currency)s
    )
"""

_TWELVE = _YEAR.format(months=11)
_TWENTY_FOUR = _YEAR.format(months=23)

_LOSSES = """
    reporting as (
        select max(adequacy.reporting_date) as reporting_date
        from gold.capital_adequacy as adequacy
        inner join last_month on adequacy.reporting_date <= last_month.month_end
    ),

    losses as (
        select
            metrics.product_key,
            sum(metrics.expected_loss) as expected_loss
        from reporting
        inner join gold.fact_risk_metrics as metrics
            on reporting.reporting_date = metrics.reporting_date
        where metrics.currency = %(currency)s and not metrics.is_defaulted
        group by metrics.product_key
    ),

    products as (
        select
            product_key,
            max(product_name) as product_name,
            max(product_type) as product_type,
            sum(interest_income) as interest_income,
            sum(fee_income) as fee_income,
            sum(interest_paid) as interest_paid,
            sum(revenue_amount) as revenue_amount,
            sum(held_amount + owed_amount) / count(*) as mean_balance
        from months
        group by product_key
    ),

    earned as (
        select
            products.product_name,
            products.product_type,
            products.interest_income,
            products.fee_income,
            products.interest_paid,
            products.revenue_amount,
            products.mean_balance,
            coalesce(losses.expected_loss, 0) as expected_loss,
            products.revenue_amount - coalesce(losses.expected_loss, 0) as margin_amount
        from products
        left join losses on products.product_key = losses.product_key
    )
"""

PROFITABILITY = f"""
    {_TWELVE},

    {_LOSSES}

    select
        product_type,
        sum(revenue_amount) as revenue_amount,
        sum(expected_loss) as expected_loss,
        sum(margin_amount) as margin_amount
    from earned
    group by product_type
    order by margin_amount desc, product_type
"""

BRIDGE = f"""
    {_TWELVE},

    {_LOSSES},

    sums as (
        select
            sum(interest_income) as interest_income,
            sum(fee_income) as fee_income,
            sum(interest_paid) as interest_paid,
            sum(expected_loss) as expected_loss,
            sum(margin_amount) as margin_amount
        from earned
    )

    select
        steps.step,
        steps.amount,
        steps.measure
    from sums
    cross join lateral (
        values
        (1, 'interest earned', sums.interest_income, 'relative'),
        (2, 'fees', sums.fee_income, 'relative'),
        (3, 'interest paid', -sums.interest_paid, 'relative'),
        (4, 'expected loss', -sums.expected_loss, 'relative'),
        (5, 'margin', sums.margin_amount, 'total')
    ) as steps (place, step, amount, measure)
    where steps.amount is not null
    order by steps.place
"""

MARGINS = f"""
    {_TWELVE},

    {_LOSSES}

    select
        product_name,
        margin_amount,
        mean_balance,
        (margin_amount / mean_balance)::double precision as margin_rate
    from earned
    where mean_balance > 0
    order by margin_rate desc, product_name
    limit 15
"""

# The first month that is held may have begun before the history; alone, it is shown.
REVENUE = f"""
    {_TWENTY_FOUR},

    held as (
        select
            min(month_end) as first_month,
            max(month_end) as last_month
        from gold.product_months
        where currency = %(currency)s and month_end <= %(as_of)s
    )

    select
        months.product_type,
        months.month_end,
        sum(months.revenue_amount) as revenue_amount
    from months
    cross join held
    where months.month_end > held.first_month or held.first_month = held.last_month
    group by months.product_type, months.month_end
    order by months.product_type, months.month_end
"""

CONTRACTS = f"""
    {_TWENTY_FOUR}

    select
        product_type,
        month_end,
        sum(contract_count)::bigint as contract_count
    from months
    group by product_type, month_end
    order by product_type, month_end
"""

SALES = f"""
    {_TWELVE}

    select
        product_type,
        sum(opened_count)::bigint as opened_count,
        sum(closed_count)::bigint as closed_count,
        sum(contract_count) filter (where is_last)::bigint as contract_count
    from months
    group by product_type
    order by opened_count desc, product_type
"""

ARREARS = f"""
    {_TWELVE},

    lent as (
        select
            product_type,
            sum(owed_amount) as owed_amount,
            sum(past_due_amount) as past_due_amount,
            sum(defaulted_amount) as defaulted_amount
        from months
        where is_last
        group by product_type
    )

    select
        product_type,
        owed_amount,
        past_due_amount,
        defaulted_amount,
        (past_due_amount / owed_amount)::double precision as past_due_share,
        (defaulted_amount / owed_amount)::double precision as defaulted_share
    from lent
    where owed_amount > 0
    order by past_due_share desc, product_type
"""

CATALOGUE = f"""
    {_TWELVE}

    select
        months.product_name as "Product",
        replace(lower(months.product_type), '_', ' ') as "Type",
        products.interest_rate::double precision as "Interest rate",
        products.fees as "Monthly fee",
        months.contract_count as "Contracts",
        months.customer_count as "Customers",
        months.held_amount as "Held",
        months.owed_amount as "Owed",
        months.revenue_amount as "Revenue of the month",
        lower(products.profitability_tier) as "Profitability"
    from months
    inner join gold.dim_product as products on months.product_key = products.product_key
    where months.is_last
    order by months.revenue_amount desc, months.product_name
"""
