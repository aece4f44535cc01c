{#
    For every account, the spans of time without a change of the account's or the owner's version,
    with the dimension keys of facts: one lookup yields all keys.

    A fact has the version in force at its instant. The first version extends to the past and the
    last to the future, and gaps are filled, so that every fact of a known account has a version.

    Columns: account_id, customer_id, span_from, span_to (exclusive), account_key, customer_key,
    product_key, branch_key, account_type, currency, interest_rate, credit_limit,
    account_opening_date, customer_country, customer_income, customer_birth_year, customer_since.
#}
{% macro account_spans() %}
    with account_versions as (
        select
            accounts.*,
            lag(accounts.valid_from) over account is null as is_first,
            coalesce(lead(accounts.valid_from) over account, {{ end_of_time() }}) as next_from
        from {{ ref('dim_account') }} as accounts
        where accounts.account_key <> -1
        window account as (partition by accounts.account_id order by accounts.valid_from)
    ),

    customer_versions as (
        {{ customer_spans() }}
    ),

    reaching as (
        select
            account_versions.*,
            case
                when account_versions.is_first then {{ beginning_of_time() }}
                else account_versions.valid_from
            end as reach_from
        from account_versions
    )

    select
        reaching.account_id,
        reaching.customer_id,
        greatest(reaching.reach_from, customer_versions.span_from) as span_from,
        least(reaching.next_from, customer_versions.span_to) as span_to,
        reaching.account_key,
        coalesce(customer_versions.customer_key, -1) as customer_key,
        coalesce(products.product_key, -1) as product_key,
        coalesce(branches.branch_key, -1) as branch_key,
        reaching.account_type,
        reaching.currency,
        reaching.interest_rate,
        reaching.credit_limit,
        reaching.opening_date as account_opening_date,
        customer_versions.country as customer_country,
        customer_versions.annual_income as customer_income,
        customer_versions.birth_year as customer_birth_year,
        customer_versions.customer_since
    from reaching
    left join customer_versions
        on
            reaching.customer_id = customer_versions.customer_id
            and reaching.reach_from < customer_versions.span_to
            and customer_versions.span_from < reaching.next_from
    left join {{ ref('dim_product') }} as products
        on reaching.product_id = products.product_id
    left join {{ ref('dim_branch') }} as branches
        on reaching.branch_id = branches.branch_id
{% endmacro %}
