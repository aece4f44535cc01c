with products as (
    select distinct on (stg_products.product_id) stg_products.*
    from {{ ref('stg_products') }} as stg_products
    order by stg_products.product_id asc, stg_products.version_number desc
),

accounts as (
    select
        stg_accounts.product_id,
        count(*) as open_contracts,
        -- Card debt and overdrafts are negative balances.
        sum(greatest(-coalesce(stg_accounts.source_balance, 0), 0)) as lent_amount
    from {{ ref('stg_accounts') }} as stg_accounts
    where stg_accounts.is_current and stg_accounts.closing_date is null
    group by stg_accounts.product_id
),

loans as (
    select
        stg_loans.product_id,
        count(*) as open_contracts,
        sum(stg_loans.outstanding_principal) as lent_amount
    from {{ ref('stg_loans') }} as stg_loans
    where stg_loans.is_current and stg_loans.status not in ('PAID_OFF', 'CHARGED_OFF')
    group by stg_loans.product_id
),

usage as (
    select
        contracts.product_id,
        sum(contracts.open_contracts)::integer as open_contracts,
        sum(contracts.lent_amount) as lent_amount
    from (
        select accounts.* from accounts
        union all
        select loans.* from loans
    ) as contracts
    group by contracts.product_id
),

-- Yearly revenue of a product: fees of its contracts and interest on lending. The rate of a deposit
-- is paid, not earned, so overdrafts of deposits have no interest revenue.
earnings as (
    select
        products.*,
        types.product_category,
        types.exposure_class,
        coalesce(types.is_secured, false) as is_secured,
        coalesce(usage.open_contracts, 0) as open_contracts,
        coalesce(usage.lent_amount, 0) as lent_amount,
        round(
            12 * products.fees * coalesce(usage.open_contracts, 0)
            + case
                when types.product_category in ('CARDS', 'LENDING')
                    then products.interest_rate * coalesce(usage.lent_amount, 0)
                else 0
            end,
            2
        ) as yearly_revenue
    from products
    left join usage
        on products.product_id = usage.product_id
    left join {{ ref('product_types') }} as types
        on products.product_type = types.product_type
),

described as (
    select
        {{ surrogate_key(['products.product_id']) }} as product_key,
        products.product_id,
        products.product_name,
        products.product_type,
        coalesce(products.product_category, products.category) as product_category,
        products.category,
        products.description,
        products.interest_rate,
        products.fees,
        products.minimum_balance,
        products.risk_level,
        products.open_contracts,
        products.lent_amount,
        products.yearly_revenue,
        case
            when products.open_contracts = 0 then 'LOW'
            when products.yearly_revenue >= 500 * products.open_contracts then 'HIGH'
            when products.yearly_revenue >= 60 * products.open_contracts then 'MEDIUM'
            else 'LOW'
        end as profitability_tier,
        products.exposure_class,
        products.is_secured,
        products.is_active and not products.is_deleted as is_active,
        products.is_deleted
    from earnings as products
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
        0 as open_contracts,
        0::numeric(18, 2) as lent_amount,
        0::numeric(18, 2) as yearly_revenue,
        'UNKNOWN' as profitability_tier,
        null::text as exposure_class,
        false as is_secured,
        false as is_active,
        false as is_deleted
)

select * from described
union all
select * from unknown
