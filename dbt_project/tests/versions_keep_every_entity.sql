{{ config(meta={'dagster': {'ref': {'name': 'dim_account'}}}) }}

{# Every customer and account of a change log is in its dimension, unless it was only deleted. #}
with logged as (
    select customers.customer_id as entity_id
    from {{ source('bronze', 'customers') }} as customers
    where customers._op <> 'd'
    union
    select accounts.account_id as entity_id
    from {{ source('bronze', 'accounts') }} as accounts
    where accounts._op <> 'd'
),

kept as (
    select customers.customer_id as entity_id
    from {{ ref('dim_customer') }} as customers
    union
    select accounts.account_id as entity_id
    from {{ ref('dim_account') }} as accounts
)

select logged.entity_id
from logged
left join kept
    on logged.entity_id = kept.entity_id
where kept.entity_id is null
