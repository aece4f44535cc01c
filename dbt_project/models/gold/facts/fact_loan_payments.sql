with payments as (
    select
        stg_loan_payments.*,
        {{ month_end('stg_loan_payments.due_date') }} as month_end
    from {{ ref('stg_loan_payments') }} as stg_loan_payments
    where {{ in_window('stg_loan_payments.due_date') }}
),

loans as (
    select distinct on (stg_loans.loan_id)
        stg_loans.loan_id,
        stg_loans.customer_id,
        stg_loans.account_id,
        stg_loans.product_id
    from {{ ref('stg_loans') }} as stg_loans
    order by stg_loans.loan_id asc, stg_loans.version_number desc
),

spans as (
    {{ account_spans() }}
)

select
    {{ surrogate_key(['payments.payment_id']) }} as payment_key,
    coalesce(spans.customer_key, -1) as customer_key,
    coalesce(spans.account_key, -1) as account_key,
    coalesce(products.product_key, -1) as product_key,
    coalesce(spans.branch_key, -1) as branch_key,
    coalesce(due_dates.date_key, -1) as date_key,
    coalesce(payment_dates.date_key, -1) as payment_date_key,
    payments.payment_id,
    payments.loan_id,
    coalesce(loans.customer_id, 'UNKNOWN') as customer_id,
    coalesce(loans.account_id, 'UNKNOWN') as account_id,
    payments.instalment_number,
    payments.due_date,
    payments.payment_date,
    payments.settled_date,
    payments.status,
    payments.currency,
    payments.scheduled_amount,
    payments.paid_amount,
    payments.principal_component,
    payments.interest_component,
    payments.outstanding_principal,
    greatest(payments.scheduled_amount - payments.paid_amount, 0) as unpaid_amount,
    case
        when payments.settled_date > payments.due_date
            then payments.settled_date - payments.due_date
        when payments.settled_date is not null then 0
    end as days_late,
    case
        when payments.settled_date <= payments.month_end then 0
        else payments.month_end - payments.due_date
    end as month_end_days_past_due,
    coalesce(payments.settled_date > payments.due_date, false) as is_late,
    payments.settled_date is null as is_open,
    1::smallint as payment_count
from payments
left join loans
    on payments.loan_id = loans.loan_id
left join spans
    on
        loans.account_id = spans.account_id
        and {{ day_start('payments.due_date') }} >= spans.span_from
        and {{ day_start('payments.due_date') }} < spans.span_to
left join {{ ref('dim_product') }} as products
    on loans.product_id = products.product_id
left join {{ ref('dim_date') }} as due_dates
    on payments.due_date = due_dates.full_date
left join {{ ref('dim_date') }} as payment_dates
    on payments.payment_date = payment_dates.full_date
