{#
    Features of a borrower known at a month end: versions in force, instalments due and settled by
    that date, balances up to it, and indicators with a completed reference period. Months are
    calendar months; 3m is the last three.
#}
with exposures as (
    select
        exposures.*,
        exposures.reporting_date as observation_date,
        {{ shift_month_end('exposures.reporting_date', -3) }} as after_3m,
        {{ shift_month_end('exposures.reporting_date', -6) }} as after_6m,
        {{ shift_month_end('exposures.reporting_date', -12) }} as after_12m
    from {{ ref('credit_exposures') }} as exposures
    where exposures.reporting_date in ({{ month_ends('observation_date') }})
),

observation_dates as (
    select distinct exposures.observation_date from exposures
),

loan_terms as (
    select
        exposures.exposure_id,
        exposures.observation_date,
        loans.principal_amount,
        loans.term_months,
        loans.origination_date
    from exposures
    inner join {{ ref('stg_loans') }} as loans
        on
            exposures.loan_id = loans.loan_id
            and {{ day_start('exposures.observation_date + 1') }} > loans.valid_from
            and {{ day_start('exposures.observation_date + 1') }} <= loans.valid_to
),

loan_behaviour as (
    select
        exposures.exposure_id,
        exposures.observation_date,
        (array_agg(payments.scheduled_amount order by payments.due_date desc))[1]
            as instalment_amount,
        sum(payments.scheduled_amount) filter (where payments.is_open) as arrears_amount,
        count(*) filter (where payments.is_open and payments.due_date > exposures.after_3m)
            as missed_instalments_3m,
        count(*) filter (where payments.is_open and payments.due_date > exposures.after_6m)
            as missed_instalments_6m,
        count(*) filter (where payments.is_open and payments.due_date > exposures.after_12m)
            as missed_instalments_12m,
        count(*) filter (where payments.is_late and payments.due_date > exposures.after_3m)
            as late_instalments_3m,
        count(*) filter (where payments.is_late and payments.due_date > exposures.after_6m)
            as late_instalments_6m,
        count(*) filter (where payments.is_late and payments.due_date > exposures.after_12m)
            as late_instalments_12m,
        max(payments.days_late) filter (where payments.due_date > exposures.after_12m)
            as max_dpd_12m
    from exposures
    inner join lateral (
        select
            instalments.due_date,
            instalments.scheduled_amount,
            coalesce(instalments.settled_date > exposures.observation_date, true)
            and instalments.due_date < exposures.observation_date as is_open,
            coalesce(
                instalments.settled_date > instalments.due_date
                and instalments.settled_date <= exposures.observation_date,
                false
            ) as is_late,
            least(
                coalesce(instalments.settled_date, exposures.observation_date),
                exposures.observation_date
            ) - instalments.due_date as days_late
        from {{ ref('stg_loan_payments') }} as instalments
        where
            instalments.loan_id = exposures.loan_id
            and instalments.due_date <= exposures.observation_date
    ) as payments on true
    group by exposures.exposure_id, exposures.observation_date
),

account_behaviour as (
    select
        exposures.exposure_id,
        exposures.observation_date,
        sum(months.balance_sum) filter (where months.month_end = exposures.observation_date)
        / sum(months.days) filter (where months.month_end = exposures.observation_date)
            as average_balance_1m,
        sum(months.balance_sum) filter (where months.month_end > exposures.after_3m)
        / sum(months.days) filter (where months.month_end > exposures.after_3m)
            as average_balance_3m,
        min(months.min_balance) filter (where months.month_end > exposures.after_3m)
            as min_balance_3m,
        sum(months.credits) filter (where months.month_end > exposures.after_3m) as cash_in_3m,
        sum(months.debits) filter (where months.month_end > exposures.after_3m) as cash_out_3m,
        sum(months.credits) as cash_in_6m,
        sum(months.debits) as cash_out_6m,
        (sum(months.overdraft_days) filter (where months.month_end > exposures.after_3m))::bigint
            as overdraft_days_3m
    from exposures
    inner join {{ ref('fact_account_monthly') }} as months
        on
            exposures.account_id = months.account_id
            and exposures.after_6m < months.month_end
            and exposures.observation_date >= months.month_end
    group by exposures.exposure_id, exposures.observation_date
),

holdings as (
    select
        months.customer_id,
        months.month_end as observation_date,
        months.num_accounts,
        months.deposit_balance
    from {{ ref('fact_customer_monthly') }} as months
    where months.month_end in (select observation_dates.observation_date from observation_dates)
),

debts as (
    select
        exposures.customer_id,
        exposures.observation_date,
        count(exposures.loan_id) as num_loans,
        sum(exposures.drawn_amount) as total_debt,
        max(exposures.days_past_due) as max_dpd
    from exposures
    group by exposures.customer_id, exposures.observation_date
),

economy as (
    {{ economy_known_on('observation_dates') }}
),

joined as (
    select
        exposures.*,
        customers.country,
        customers.annual_income,
        customers.employment_status,
        customers.customer_since,
        customers.birth_year,
        loan_terms.principal_amount,
        loan_terms.term_months,
        coalesce(loan_terms.origination_date, accounts.opening_date) as began_date,
        case when exposures.exposure_type = 'CREDIT_CARD' then accounts.credit_limit end
            as credit_limit
    from exposures
    left join {{ ref('dim_customer') }} as customers
        on exposures.customer_key = customers.customer_key
    left join {{ ref('dim_account') }} as accounts
        on exposures.account_key = accounts.account_key
    left join loan_terms
        on
            exposures.exposure_id = loan_terms.exposure_id
            and exposures.observation_date = loan_terms.observation_date
)

select
    joined.exposure_id,
    joined.observation_date,
    joined.date_key,
    joined.customer_id,
    joined.exposure_type,
    joined.product_type,
    joined.exposure_class,
    joined.is_defaulted,
    -- borrower
    joined.credit_score,
    extract(year from joined.observation_date)::integer - joined.birth_year as age,
    joined.annual_income,
    joined.employment_status,
    {{ whole_months('joined.customer_since', 'joined.observation_date') }} as tenure_months,
    holdings.num_accounts,
    debts.num_loans,
    holdings.deposit_balance,
    -- terms
    joined.interest_rate,
    joined.principal_amount,
    joined.credit_limit,
    joined.term_months,
    joined.remaining_months,
    {{ whole_months('joined.began_date', 'joined.observation_date') }} as months_on_book,
    joined.drawn_amount,
    joined.ltv,
    loan_behaviour.instalment_amount,
    (12 * loan_behaviour.instalment_amount / nullif(joined.annual_income, 0))::double precision
        as payment_to_income,
    (joined.drawn_amount / nullif(joined.annual_income, 0))::double precision as loan_to_income,
    (debts.total_debt / nullif(joined.annual_income, 0))::double precision as debt_to_income,
    (joined.drawn_amount / nullif(joined.credit_limit, 0))::double precision as utilisation_rate,
    -- arrears
    joined.days_past_due,
    case when debts.num_loans > 0 then debts.max_dpd else 0 end as max_customer_dpd,
    coalesce(loan_behaviour.arrears_amount, 0) as arrears_amount,
    coalesce(loan_behaviour.missed_instalments_3m, 0) as missed_instalments_3m,
    coalesce(loan_behaviour.missed_instalments_6m, 0) as missed_instalments_6m,
    coalesce(loan_behaviour.missed_instalments_12m, 0) as missed_instalments_12m,
    coalesce(loan_behaviour.late_instalments_3m, 0) as late_instalments_3m,
    coalesce(loan_behaviour.late_instalments_6m, 0) as late_instalments_6m,
    coalesce(loan_behaviour.late_instalments_12m, 0) as late_instalments_12m,
    greatest(loan_behaviour.max_dpd_12m, joined.days_past_due, 0) as max_dpd_12m,
    -- account
    account_behaviour.average_balance_1m,
    account_behaviour.average_balance_3m,
    account_behaviour.min_balance_3m,
    account_behaviour.cash_in_3m,
    account_behaviour.cash_in_6m,
    account_behaviour.cash_out_3m,
    account_behaviour.cash_out_6m,
    coalesce(account_behaviour.overdraft_days_3m, 0)::bigint as overdraft_days_3m,
    -- economy
    economy.unemployment_pct,
    economy.unemployment_change_12m,
    economy.inflation_pct,
    economy.policy_rate_pct,
    economy.policy_rate_change_12m,
    economy.gdp_growth_pct,
    economy.house_price_change_12m
from joined
left join loan_behaviour
    on
        joined.exposure_id = loan_behaviour.exposure_id
        and joined.observation_date = loan_behaviour.observation_date
left join account_behaviour
    on
        joined.exposure_id = account_behaviour.exposure_id
        and joined.observation_date = account_behaviour.observation_date
left join holdings
    on
        joined.customer_id = holdings.customer_id
        and joined.observation_date = holdings.observation_date
left join debts
    on
        joined.customer_id = debts.customer_id
        and joined.observation_date = debts.observation_date
left join economy
    on
        joined.country = economy.country
        and joined.observation_date = economy.observation_date
order by joined.observation_date, joined.exposure_id
