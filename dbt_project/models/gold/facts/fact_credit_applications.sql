with applications as (
    select * from {{ ref('stg_credit_applications') }}
    where {{ in_window('decision_date') }}
),

customers as (
    {{ customer_spans() }}
)

select
    {{ surrogate_key(['applications.application_id']) }} as application_key,
    coalesce(customers.customer_key, -1) as customer_key,
    coalesce(products.product_key, -1) as product_key,
    coalesce(decision_dates.date_key, -1) as date_key,
    coalesce(application_dates.date_key, -1) as application_date_key,
    applications.application_id,
    applications.customer_id,
    applications.loan_id,
    applications.loan_type,
    applications.purpose,
    applications.application_date,
    applications.decision_date,
    applications.days_to_decision,
    applications.decision,
    applications.decision_reason,
    applications.currency,
    applications.requested_amount,
    applications.approved_amount,
    applications.approved_rate,
    applications.requested_term,
    applications.credit_score,
    applications.annual_income,
    applications.is_approved,
    1::smallint as application_count
from applications
left join customers
    on
        applications.customer_id = customers.customer_id
        and {{ day_start('applications.application_date') }} >= customers.span_from
        and {{ day_start('applications.application_date') }} < customers.span_to
left join {{ ref('dim_product') }} as products
    on applications.product_id = products.product_id
left join {{ ref('dim_date') }} as decision_dates
    on applications.decision_date = decision_dates.full_date
left join {{ ref('dim_date') }} as application_dates
    on applications.application_date = application_dates.full_date
