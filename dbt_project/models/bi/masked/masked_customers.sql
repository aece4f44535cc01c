select
    customers.customer_id,
    customers.first_name_masked as first_name,
    customers.last_name_masked as last_name,
    customers.email_masked as email,
    customers.phone_masked as phone,
    customers.city,
    customers.state,
    customers.country,
    customers.birth_year,
    customers.sex,
    customers.customer_since,
    customers.risk_profile,
    customers.credit_score,
    customers.annual_income,
    customers.employment_status
from {{ ref('stg_customers') }} as customers
where customers.is_current and not customers.is_deleted
