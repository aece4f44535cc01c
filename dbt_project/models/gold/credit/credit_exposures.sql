{#
    Loans: terms and status are those of the version in force at the end of the reporting date. The
    principal is that of the version less instalments repaid since its beginning; before the first
    captured change, plus instalments repaid until then. Cards: the drawn amount is the negative
    closing balance. An account over its limit is past due since the last day within it (CRE36.68,
    36.75), counted up to 180 days.
#}
with reporting_dates as (
    {{ month_ends('reporting_date') }}
),

cutoffs as (
    select
        reporting_dates.month_end as reporting_date,
        {{ day_start('reporting_dates.month_end + 1') }} as cutoff_at
    from reporting_dates
),

loan_versions as (
    select
        stg_loans.*,
        cutoffs.reporting_date,
        -- A change is captured at or after its payment, so it includes payments of its own day.
        {{ business_date("stg_loans.began_at - interval '1 microsecond'") }} as known_date
    from cutoffs
    inner join {{ ref('stg_loans') }} as stg_loans
        on
            cutoffs.cutoff_at > stg_loans.valid_from
            and cutoffs.cutoff_at <= stg_loans.valid_to
    where stg_loans.status not in ('PAID_OFF', 'CHARGED_OFF')
),

instalments as (
    select
        payments.loan_id,
        payments.due_date,
        payments.settled_date,
        payments.payment_date,
        case
            when payments.settled_date is not null then payments.principal_component
            else greatest(payments.paid_amount - payments.interest_component, 0)
        end as repaid_principal
    from {{ ref('stg_loan_payments') }} as payments
),

loan_instalments as (
    select
        loan_versions.loan_id,
        loan_versions.reporting_date,
        coalesce(
            sum(instalments.repaid_principal) filter (
                where
                instalments.payment_date > loan_versions.known_date
                and instalments.payment_date <= loan_versions.reporting_date
            ),
            0
        ) as repaid_after,
        coalesce(
            sum(instalments.repaid_principal) filter (
                where
                instalments.payment_date <= loan_versions.known_date
                and instalments.payment_date > loan_versions.reporting_date
            ),
            0
        ) as repaid_before,
        loan_versions.reporting_date - min(instalments.due_date) filter (
            where
            instalments.due_date < loan_versions.reporting_date
            and coalesce(instalments.settled_date > loan_versions.reporting_date, true)
        ) as days_past_due
    from loan_versions
    inner join instalments
        on loan_versions.loan_id = instalments.loan_id
    group by loan_versions.loan_id, loan_versions.reporting_date
),

loans as (
    select
        'L-' || loan_versions.loan_id as exposure_id,
        'LOAN' as exposure_type,
        loan_versions.reporting_date,
        loan_versions.loan_id,
        loan_versions.account_id,
        loan_versions.customer_id,
        loan_versions.product_id,
        loan_versions.loan_type as product_type,
        loan_versions.currency,
        loan_versions.interest_rate,
        greatest(
            loan_versions.outstanding_principal
            - coalesce(loan_instalments.repaid_after, 0)
            + coalesce(loan_instalments.repaid_before, 0),
            0
        ) as drawn_amount,
        0 as undrawn_amount,
        loan_versions.collateral_value,
        coalesce(loan_instalments.days_past_due, 0) as days_past_due,
        loan_versions.status = 'DEFAULTED' as is_declared_defaulted,
        loan_versions.specific_provision,
        loan_versions.turnover_eur_m,
        {{ months_between('loan_versions.reporting_date', 'loan_versions.maturity_date') }}
            as remaining_months
    from loan_versions
    left join loan_instalments
        on
            loan_versions.loan_id = loan_instalments.loan_id
            and loan_versions.reporting_date = loan_instalments.reporting_date
),

card_balances as (
    select
        balances.account_id,
        balances.customer_id,
        balances.balance_date as reporting_date,
        accounts.product_id,
        accounts.currency,
        accounts.interest_rate,
        accounts.credit_limit,
        greatest(-balances.closing_balance, 0) as drawn_amount
    from {{ ref('fact_balances') }} as balances
    inner join {{ ref('dim_account') }} as accounts
        on balances.account_key = accounts.account_key
    where
        accounts.account_type = 'CREDIT_CARD'
        and balances.balance_date in (select cutoffs.reporting_date from cutoffs)
),

cards as (
    select
        'C-' || card_balances.account_id as exposure_id,
        'CREDIT_CARD' as exposure_type,
        card_balances.reporting_date,
        null::text as loan_id,
        card_balances.account_id,
        card_balances.customer_id,
        card_balances.product_id,
        'CREDIT_CARD' as product_type,
        card_balances.currency,
        card_balances.interest_rate,
        card_balances.drawn_amount,
        greatest(card_balances.credit_limit - card_balances.drawn_amount, 0) as undrawn_amount,
        null::numeric(18, 2) as collateral_value,
        case
            when card_balances.drawn_amount <= card_balances.credit_limit then 0
            else coalesce(card_balances.reporting_date - within_limit.last_date, 180)
        end as days_past_due,
        false as is_declared_defaulted,
        0::numeric(18, 2) as specific_provision,
        null::numeric(12, 3) as turnover_eur_m,
        null::integer as remaining_months
    from card_balances
    left join lateral (
        select max(earlier.balance_date) as last_date
        from {{ ref('fact_balances') }} as earlier
        where
            card_balances.drawn_amount > card_balances.credit_limit
            and earlier.account_id = card_balances.account_id
            and earlier.balance_date < card_balances.reporting_date
            and earlier.balance_date > card_balances.reporting_date - 180
            and -earlier.closing_balance <= card_balances.credit_limit
    ) as within_limit on true
),

exposures as (
    select * from loans
    where drawn_amount > 0
    union all
    select * from cards
    where drawn_amount > 0 or undrawn_amount > 0
),

spans as (
    {{ account_spans() }}
)

select
    {{ dated_key('exposures.exposure_id', 'exposures.reporting_date') }} as risk_key,
    coalesce(dates.date_key, -1) as date_key,
    coalesce(spans.customer_key, -1) as customer_key,
    coalesce(spans.account_key, -1) as account_key,
    coalesce(products.product_key, -1) as product_key,
    exposures.exposure_id,
    exposures.reporting_date,
    exposures.exposure_type,
    exposures.loan_id,
    exposures.account_id,
    exposures.customer_id,
    exposures.product_id,
    exposures.product_type,
    coalesce(types.exposure_class, 'other_retail') as exposure_class,
    exposures.currency,
    exposures.interest_rate,
    exposures.drawn_amount,
    exposures.undrawn_amount,
    exposures.collateral_value,
    (exposures.drawn_amount / nullif(exposures.collateral_value, 0))::double precision as ltv,
    exposures.days_past_due,
    exposures.is_declared_defaulted
    or exposures.days_past_due > {{ days_to_default() }} as is_defaulted,
    exposures.specific_provision,
    exposures.turnover_eur_m,
    exposures.remaining_months,
    customers.credit_score
from exposures
left join spans
    on
        exposures.account_id = spans.account_id
        and {{ day_start('exposures.reporting_date + 1') }} > spans.span_from
        and {{ day_start('exposures.reporting_date + 1') }} <= spans.span_to
left join {{ ref('dim_customer') }} as customers
    on spans.customer_key = customers.customer_key
left join {{ ref('dim_product') }} as products
    on exposures.product_id = products.product_id
left join {{ ref('product_types') }} as types
    on exposures.product_type = types.product_type
left join {{ ref('dim_date') }} as dates
    on exposures.reporting_date = dates.full_date
order by exposures.reporting_date, exposures.exposure_id
