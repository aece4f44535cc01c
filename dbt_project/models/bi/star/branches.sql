select
    dim_branch.branch_key,
    dim_branch.branch_id,
    dim_branch.branch_name,
    dim_branch.city,
    dim_branch.state,
    dim_branch.country,
    dim_branch.country_name,
    dim_branch.branch_region,
    dim_branch.timezone,
    dim_branch.geo_key,
    dim_branch.opened_date,
    dim_branch.is_deleted
from {{ ref('dim_branch') }} as dim_branch
