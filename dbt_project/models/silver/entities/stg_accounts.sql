{#
    The balance changes with every transaction: it is a fact, not an attribute, and begins no
    version.
#}
{%- set tracked = [
    'customer_id', 'product_id', 'account_type', 'account_number_token', 'opening_date',
    'closing_date', 'status', 'currency', 'interest_rate', 'credit_limit', 'branch_id',
] -%}

with source as (
    select * from {{ source('bronze', 'accounts') }}
),

cleaned as (
    select
        source.account_id,
        source.customer_id,
        source.product_id,
        {{ tidy_code('source.account_type') }} as account_type,
        {{ tidy('source.account_number_masked') }} as account_number_masked,
        source.account_number_token,
        source.opening_date,
        source.closing_date,
        {{ tidy_code('source.status') }} as status,
        source.balance as source_balance,
        {{ tidy_code('source.currency') }} as currency,
        source.interest_rate,
        source.credit_limit,
        source.branch_id,
        source.identity_id,
        source._op,
        source._changed_at,
        source._lsn,
        source._loaded_at
    from source
),

{{ entity_versions('account_id', tracked, since='opening_date') }}

select
    versions.account_id,
    versions.version_number::integer as version_number,
    versions.customer_id,
    versions.product_id,
    versions.branch_id,
    versions.account_type,
    versions.account_number_masked,
    versions.account_number_token,
    versions.opening_date,
    versions.closing_date,
    versions.status,
    versions.source_balance,
    versions.currency,
    versions.interest_rate,
    versions.credit_limit,
    versions.identity_id,
    versions.began_at,
    versions.valid_from,
    versions.valid_to,
    versions.is_current,
    versions.is_deleted
from versions
