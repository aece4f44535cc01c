with source as (
    select * from {{ source('bronze', 'kyc_records') }}
),

numbered as (
    select
        source.review_id,
        source.customer_id,
        row_number() over reviews as review_number,
        source.review_type,
        source.status,
        source.risk_rating,
        source.is_pep,
        source.document_types,
        source.documents_expire_date,
        source.review_date,
        source.next_review_date,
        lead(source.review_date) over reviews as followed_date
    from source
    window reviews as (
        partition by source.customer_id order by source.review_date, source.review_id
    )
)

select
    numbered.review_id,
    numbered.customer_id,
    numbered.review_number::integer as review_number,
    numbered.review_type,
    numbered.status,
    numbered.risk_rating,
    numbered.is_pep,
    numbered.document_types,
    coalesce(
        cardinality(string_to_array(numbered.document_types, '; ')), 0
    )::integer as document_count,
    numbered.documents_expire_date,
    numbered.review_date,
    numbered.next_review_date,
    numbered.followed_date,
    numbered.followed_date is null as is_latest
from numbered
