{{ config(meta={'dagster': {'ref': {'name': 'dim_account'}}}) }}

{# Every customer and account that a log knows is in its dimension, unless it was only ever deleted. #}
select logged.entity_id
from (
    select distinct log.customer_id as entity_id from {{ source('bronze', 'customers') }} as log
    where log._op <> 'd'
    union all
    select distinct log.account_id as entity_id from {{ source('bronze', 'accounts') }} as log
    where log._op <> 'd'
) as logged
left join (
    select customers.customer_id as entity_id from {{ ref('dim_customer') }} as customers
    union
    select accounts.account_id as entity_id from {{ ref('dim_account') }} as accounts
) as kept
    on logged.entity_id = kept.entity_id
where kept.entity_id is null
