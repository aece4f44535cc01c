{#
    Rates and fees of the bank and of competitors by product type, on each date with gathered
    offers. Several own products of a type are averaged. For the customer, a low rate is better on
    credit and a high rate on deposits.
#}
with offers as (
    select
        competitors.*,
        coalesce(types.product_category, 'UNKNOWN') as product_category,
        case
            when types.product_category = 'DEPOSITS' then competitors.interest_rate
            else -competitors.interest_rate
        end as customer_rate
    from {{ ref('stg_competitor_offers') }} as competitors
    left join {{ ref('product_types') }} as types
        on competitors.product_type = types.product_type
),

market as (
    select
        offers.offer_date,
        offers.product_type,
        offers.product_category,
        count(*)::integer as competitor_count,
        case when offers.product_category = 'DEPOSITS' then 1 else -1 end as favour,
        max(offers.customer_rate) as best_rate,
        min(offers.customer_rate) as worst_rate,
        percentile_cont(0.5) within group (order by offers.customer_rate::double precision)
            as median_rate,
        percentile_cont(0.5) within group (order by offers.monthly_fee::double precision)
            as median_fee,
        (array_agg(offers.competitor order by offers.customer_rate desc, offers.competitor asc))[1]
            as best_competitor
    from offers
    group by offers.offer_date, offers.product_type, offers.product_category
),

own as (
    select
        market.offer_date,
        market.product_type,
        count(*)::integer as own_products,
        avg(products.interest_rate) as own_rate,
        avg(products.fees)::numeric(18, 2) as own_monthly_fee
    from market
    inner join {{ ref('stg_products') }} as products
        on
            market.product_type = products.product_type
            and {{ day_start('market.offer_date + 1') }} > products.valid_from
            and {{ day_start('market.offer_date + 1') }} <= products.valid_to
    where products.is_active
    group by market.offer_date, market.product_type
),

compared as (
    select
        market.*,
        own.own_products,
        own.own_rate,
        own.own_monthly_fee,
        market.favour * own.own_rate - market.median_rate as rate_advantage
    from market
    inner join own
        on market.offer_date = own.offer_date and market.product_type = own.product_type
)

select
    compared.offer_date,
    compared.product_type,
    compared.product_category,
    compared.own_products,
    compared.own_rate::double precision as own_rate,
    compared.own_monthly_fee,
    compared.competitor_count,
    (compared.favour * compared.best_rate)::double precision as competitor_best_rate,
    compared.favour * compared.median_rate as competitor_median_rate,
    (compared.favour * compared.worst_rate)::double precision as competitor_worst_rate,
    compared.best_competitor,
    compared.own_rate::double precision - compared.favour * compared.median_rate as rate_gap,
    compared.rate_advantage,
    1 + (
        select count(*)
        from offers
        where
            offers.offer_date = compared.offer_date
            and offers.product_type = compared.product_type
            and offers.customer_rate > compared.favour * compared.own_rate
    )::integer as own_rate_rank,
    compared.competitor_count + 1 as offers_compared,
    compared.median_fee::numeric(18, 2) as competitor_median_fee,
    (compared.own_monthly_fee - compared.median_fee::numeric(18, 2))::numeric(18, 2) as fee_gap,
    1 + (
        select count(*)
        from offers
        where
            offers.offer_date = compared.offer_date
            and offers.product_type = compared.product_type
            and offers.monthly_fee < compared.own_monthly_fee
    )::integer as own_fee_rank,
    case
        when compared.rate_advantage > 0.001 then 'BETTER'
        when compared.rate_advantage < -0.001 then 'WORSE'
        else 'IN_LINE'
    end as market_position
from compared
order by compared.offer_date, compared.product_type
