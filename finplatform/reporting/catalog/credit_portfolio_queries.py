"""Queries of the page of the credit portfolio.

Belongs here: the SQL alone. Does not belong here: charts and their sentences (`credit_portfolio`).
"""

from finplatform.reporting.catalog.reporting_dates import latest

PD_WIDTH = 0.25
"""Width of a bin of the PD, as a power of ten."""


BOOK = f"""
    {latest("credit_exposures")},

    book as (
        select
            exposures.exposure_id, exposures.reporting_date, exposures.customer_key,
            exposures.exposure_class, exposures.product_type, exposures.drawn_amount
        from gold.credit_exposures as exposures
        inner join latest on exposures.reporting_date = latest.reporting_date
    )
"""


CLASSES = f"""
    with {BOOK}

    select
        exposure_class, product_type, count(*) filter (where drawn_amount > 0) as exposures,
        sum(drawn_amount) as drawn_amount
    from book
    group by exposure_class, product_type
    having sum(drawn_amount) > 0
    order by drawn_amount desc, exposure_class, product_type
"""


GRADES = f"""
    with {BOOK}

    select
        coalesce(grades.grade, 'none') as grade,
        count(*) as exposures,
        sum(book.drawn_amount) as drawn_amount
    from book
    left join gold.pd_grades as grades
        on book.exposure_id = grades.exposure_id and book.reporting_date = grades.observation_date
    group by grades.grade
    order by grade
"""


REGIONS = f"""
    with {BOOK},

    places as (
        select
            customers.country_name,
            coalesce(customers.state || ', ' || customers.country, customers.country_name) as place,
            count(*) as exposures,
            sum(book.drawn_amount) as drawn_amount
        from book
        inner join gold.dim_customer as customers on book.customer_key = customers.customer_key
        group by customers.country_name, customers.country, customers.state
    )

    select
        country_name, place, exposures, drawn_amount,
        drawn_amount / nullif(sum(drawn_amount) over (), 0) as drawn_share
    from places
    order by drawn_amount desc, country_name, place
    limit 15
"""


PDS = f"""
    with {BOOK},

    graded as (
        select grades.point_in_time_pd, book.drawn_amount
        from book
        inner join gold.pd_grades as grades
            on book.exposure_id = grades.exposure_id
            and book.reporting_date = grades.observation_date
        where not grades.is_defaulted
    )

    select
        (floor(log(point_in_time_pd) / {PD_WIDTH}) * {PD_WIDTH})::double precision as log_pd_from,
        count(*) as exposures,
        sum(drawn_amount) as drawn_amount,
        avg(point_in_time_pd) as mean_pd
    from graded
    group by log_pd_from
    order by log_pd_from
"""


PROFILES = f"""
    with {latest("credit_risk_portfolio")}

    select
        risk_profile, product_category, total_exposure, avg_default_probability,
        exposure_count
    from gold.credit_risk_portfolio
    inner join latest using (reporting_date)
    where currency = %(currency)s
    order by
        array_position(array['LOW', 'MEDIUM', 'HIGH', 'UNKNOWN'], risk_profile), product_category
"""


CONCENTRATION = f"""
    with {latest("concentration")}

    select dimension, members, herfindahl_index, effective_number, top_share
    from gold.concentration
    inner join latest using (reporting_date)
    order by members desc, dimension
"""


LARGE = f"""
    with {latest("large_exposures")}

    select
        rank, group_id, exposure_amount, tier1_share, is_large, is_breach, excess_amount,
        limit_amount * tier1_share / nullif(exposure_amount, 0) as limit_share,
        count(*) filter (where is_breach) over () as breaches
    from gold.large_exposures
    inner join latest using (reporting_date)
    order by rank, group_id
    limit 15
"""


LARGE_TABLE = f"""
    with {latest("large_exposures")}

    select
        rank::integer as "rank",
        group_id as "group",
        is_large as "large (LEX10.8)",
        is_breach as "breach (LEX20.1)",
        exposure_amount as "exposure",
        tier1_share as "Tier 1 share",
        limit_amount as "limit",
        excess_amount as "above the limit"
    from gold.large_exposures
    inner join latest using (reporting_date)
    order by rank, group_id
    limit 20
"""
