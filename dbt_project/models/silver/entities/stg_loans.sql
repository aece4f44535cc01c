{%- set tracked = [
    'customer_id', 'account_id', 'product_id', 'loan_type', 'purpose', 'principal_amount',
    'outstanding_principal', 'currency', 'interest_rate', 'term_months', 'origination_date',
    'maturity_date', 'collateral_type', 'collateral_value', 'turnover_eur_m', 'specific_provision',
    'status',
] -%}

with source as (
    select * from {{ source('bronze', 'loans') }}
),

cleaned as (
    select
        source.loan_id,
        source.customer_id,
        source.account_id,
        source.product_id,
        {{ tidy_code('source.loan_type') }} as loan_type,
        {{ tidy_code('source.purpose') }} as purpose,
        source.principal_amount,
        source.outstanding_principal,
        {{ tidy_code('source.currency') }} as currency,
        source.interest_rate,
        source.term_months,
        source.origination_date,
        source.maturity_date,
        {{ tidy_code('source.collateral_type') }} as collateral_type,
        source.collateral_value,
        source.turnover_eur_m,
        source.specific_provision,
        {{ tidy_code('source.status') }} as status,
        source._op,
        source._changed_at,
        source._lsn,
        source._loaded_at
    from source
),

{{ entity_versions('loan_id', tracked, since='origination_date') }}

select
    versions.loan_id,
    versions.version_number::integer as version_number,
    versions.customer_id,
    versions.account_id,
    versions.product_id,
    versions.loan_type,
    versions.purpose,
    versions.principal_amount,
    versions.outstanding_principal,
    versions.currency,
    versions.interest_rate,
    versions.term_months,
    versions.origination_date,
    versions.maturity_date,
    versions.collateral_type,
    versions.collateral_value,
    versions.turnover_eur_m,
    versions.specific_provision,
    versions.status,
    versions.began_at,
    versions.valid_from,
    versions.valid_to,
    versions.is_current,
    versions.is_deleted
from versions
