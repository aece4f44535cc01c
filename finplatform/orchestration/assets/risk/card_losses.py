"""Defaults and recoveries of credit cards, as `gold/loss_parameters` reads them.

A card is in default from the first month end with a default in `gold.credit_exposures`, and its
workout ends with the closure of the account. A write-off that closes the account is no recovery:
the core system describes that row as a charge-off.

Belongs here: the two statements for cards. Those for loans, and the asset, are in `loss`.
"""

DEFAULTS = """
    with first_dates as (
        select exposures.exposure_id, min(exposures.reporting_date) as default_date
        from gold.credit_exposures as exposures
        where exposures.exposure_type = 'CREDIT_CARD' and exposures.is_defaulted
        group by exposures.exposure_id
    )
    select exposures.exposure_id as loan_id, exposures.product_type as segment,
        first_dates.default_date, accounts.closing_date as closed_date,
        exposures.interest_rate::double precision as interest_rate,
        exposures.drawn_amount::double precision as exposure_at_default
    from first_dates
    inner join gold.credit_exposures as exposures
        on first_dates.exposure_id = exposures.exposure_id
        and first_dates.default_date = exposures.reporting_date
    left join gold.dim_account as accounts
        on exposures.account_id = accounts.account_id
        and accounts.is_current
        and accounts.closing_date <= '{last}'
    where exposures.drawn_amount > 0
    order by loan_id
"""
"""Same columns as the statement for loans; `loan_id` is the exposure."""

RECOVERIES = """
    with in_default as (
        select exposures.account_id, exposures.exposure_id,
            min(exposures.reporting_date) as default_date
        from gold.credit_exposures as exposures
        where exposures.exposure_type = 'CREDIT_CARD' and exposures.is_defaulted
        group by exposures.account_id, exposures.exposure_id
    )
    select in_default.exposure_id as loan_id, payments.transaction_date as payment_date,
        sum(payments.account_amount)::double precision as paid_amount
    from in_default
    inner join silver.stg_transactions as payments
        on in_default.account_id = payments.account_id
        and in_default.default_date < payments.transaction_date
    where payments.direction = 1 and payments.status = 'COMPLETED'
        and payments.transaction_date <= '{last}'
        and upper(coalesce(payments.description, '')) not like 'CHARGE-OFF%'
    group by in_default.exposure_id, payments.transaction_date
    order by loan_id, payment_date
"""
