with accounts as (
    select
        stg_accounts.*,
        {{ business_date('stg_accounts.valid_from') }} as version_date
    from {{ ref('stg_accounts') }} as stg_accounts
),

current_products as (
    select
        products.product_id,
        products.product_name,
        products.product_category
    from {{ ref('dim_product') }} as products
),

current_branches as (
    select
        branches.branch_id,
        branches.branch_name,
        branches.branch_region
    from {{ ref('dim_branch') }} as branches
),

described as (
    select
        {{ version_key('accounts.account_id', 'accounts.valid_from') }} as account_key,
        accounts.account_id,
        accounts.customer_id,
        accounts.product_id,
        accounts.branch_id,
        accounts.account_number_masked,
        accounts.account_type,
        coalesce(current_products.product_name, 'Unknown') as product_name,
        coalesce(current_products.product_category, 'UNKNOWN') as product_category,
        coalesce(current_branches.branch_name, 'Unknown') as branch_name,
        coalesce(current_branches.branch_region, 'Unknown') as branch_region,
        accounts.status,
        accounts.currency,
        accounts.interest_rate,
        accounts.credit_limit,
        accounts.opening_date,
        accounts.closing_date,
        extract(year from accounts.opening_date)::integer as opening_year,
        (
            12 * extract(year from age(accounts.version_date, accounts.opening_date))
            + extract(month from age(accounts.version_date, accounts.opening_date))
        )::integer as account_age_months,
        accounts.credit_limit > 0 as has_credit_limit,
        accounts.status <> 'CLOSED' as is_open,
        accounts.version_number,
        accounts.valid_from,
        accounts.valid_to,
        accounts.is_current,
        accounts.is_deleted
    from accounts
    left join current_products
        on accounts.product_id = current_products.product_id
    left join current_branches
        on accounts.branch_id = current_branches.branch_id
),

unknown as (
    select
        -1::bigint as account_key,
        'UNKNOWN' as account_id,
        'UNKNOWN' as customer_id,
        'UNKNOWN' as product_id,
        'UNKNOWN' as branch_id,
        null::text as account_number_masked,
        'UNKNOWN' as account_type,
        'Unknown' as product_name,
        'UNKNOWN' as product_category,
        'Unknown' as branch_name,
        'Unknown' as branch_region,
        'UNKNOWN' as status,
        'XXX' as currency,
        0::numeric(9, 6) as interest_rate,
        0::numeric(18, 2) as credit_limit,
        null::date as opening_date,
        null::date as closing_date,
        null::integer as opening_year,
        null::integer as account_age_months,
        false as has_credit_limit,
        false as is_open,
        1 as version_number,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        true as is_current,
        false as is_deleted
)

select * from described
union all
select * from unknown
