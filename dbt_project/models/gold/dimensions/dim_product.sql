with products as (
    select distinct on (stg_products.product_id) stg_products.*
    from {{ ref('stg_products') }} as stg_products
    order by stg_products.product_id asc, stg_products.version_number desc
),

described as (
    select
        {{ surrogate_key(['products.product_id']) }} as product_key,
        products.product_id,
        products.product_name,
        products.product_type,
        coalesce(types.product_category, products.category) as product_category,
        products.category,
        products.description,
        products.interest_rate,
        products.fees,
        products.minimum_balance,
        products.risk_level,
        case
            when products.interest_rate >= 0.10 or products.fees >= 20 then 'HIGH'
            when products.interest_rate >= 0.05 or products.fees >= 5 then 'MEDIUM'
            else 'LOW'
        end as profitability_tier,
        types.exposure_class,
        coalesce(types.is_secured, false) as is_secured,
        products.is_active and not products.is_deleted as is_active,
        products.is_deleted
    from products
    left join {{ ref('product_types') }} as types
        on products.product_type = types.product_type
),

unknown as (
    select
        -1::bigint as product_key,
        'UNKNOWN' as product_id,
        'Unknown' as product_name,
        'UNKNOWN' as product_type,
        'UNKNOWN' as product_category,
        'UNKNOWN' as category,
        'Unknown product' as description,
        0::numeric(9, 6) as interest_rate,
        0::numeric(18, 2) as fees,
        0::numeric(18, 2) as minimum_balance,
        'UNKNOWN' as risk_level,
        'UNKNOWN' as profitability_tier,
        null::text as exposure_class,
        false as is_secured,
        false as is_active,
        false as is_deleted
)

select * from described
union all
select * from unknown
