{#
    Decomposition of the change against the previous month and the same month a year ago. The parts
    add up to the change exactly:

    volume    new and lost customers, and for retained ones, volume = transactions x share
              of the member x average amount, shared out among the three factors by Shapley's value
              (Shapley 1953; for products: Ang, Energy Policy 32 (2004), 1131-1139)
    rates     R = sum of share x rate: each rate's change at the average share, each share's
              change at the average distance from the whole (Kitagawa, Journal of the American
              Statistical Association 50 (1955), 1168-1194)

    A change is unusual by its distance from the series' median in units of its median absolute
    deviation (Iglewicz and Hoaglin 1993: modified z-score, above 3.5).
#}
with amounts as (
    select
        changes.*,
        sum(changes.retained_count) over breakdowns as count_now,
        sum(changes.base_retained_count) over breakdowns as count_then
    from {{ ref('activity_changes') }} as changes
    where changes.is_comparable
    window breakdowns as (
        partition by changes.month_end, changes.comparison, changes.currency, changes.breakdown
    )
),

-- Without transactions in one month, the average of the other month is used: the size effect is 0.
factors as (
    select
        amounts.*,
        coalesce(amounts.retained_count / nullif(amounts.count_now, 0), 0) as share_now,
        coalesce(amounts.base_retained_count / nullif(amounts.count_then, 0), 0) as share_then,
        coalesce(
            amounts.retained_amount / nullif(amounts.retained_count, 0),
            amounts.base_retained_amount / nullif(amounts.base_retained_count, 0),
            0
        ) as size_now,
        coalesce(
            amounts.base_retained_amount / nullif(amounts.base_retained_count, 0),
            amounts.retained_amount / nullif(amounts.retained_count, 0),
            0
        ) as size_then
    from amounts
),

amount_parts as (
    select
        factors.month_end,
        factors.comparison,
        'VOLUME' as measure,
        factors.currency,
        factors.breakdown,
        factors.member,
        factors.base_month_end,
        factors.base_volume_amount as base_value,
        factors.volume_amount as value,
        factors.base_retained_count as base_case_count,
        factors.retained_count as case_count,
        factors.entering_amount as entering_effect,
        -factors.leaving_amount as leaving_effect,
        {{ product_effect('factors.count_then', 'factors.count_now', 'factors.share_then',
            'factors.share_now', 'factors.size_then', 'factors.size_now') }} as activity_effect,
        {{ product_effect('factors.share_then', 'factors.share_now', 'factors.count_then',
            'factors.count_now', 'factors.size_then', 'factors.size_now') }} as mix_effect,
        {{ product_effect('factors.size_then', 'factors.size_now', 'factors.count_then',
            'factors.count_now', 'factors.share_then', 'factors.share_now') }} as size_effect,
        0 as rate_effect,
        case
            when factors.base_volume_amount > 0 and factors.volume_amount > 0
                then ln(factors.volume_amount / factors.base_volume_amount)
        end as deviation
    from factors
),

whole_rates as (
    select rates.*
    from {{ ref('rate_months') }} as rates
    where rates.is_whole_month
),

-- Members of either month of a comparison.
rate_ends as (
    select
        rates.month_end,
        comparisons.comparison,
        rates.measure,
        rates.breakdown,
        rates.member,
        rates.numerator as numerator_now,
        rates.denominator as denominator_now,
        0 as numerator_then,
        0 as denominator_then
    from whole_rates as rates
    cross join (values ('MONTH'), ('YEAR')) as comparisons (comparison)
    union all
    select
        case comparisons.comparison
            when 'MONTH' then {{ shift_month_end('rates.month_end', 1) }}
            else {{ shift_month_end('rates.month_end', 12) }}
        end as month_end,
        comparisons.comparison,
        rates.measure,
        rates.breakdown,
        rates.member,
        0 as numerator_now,
        0 as denominator_now,
        rates.numerator as numerator_then,
        rates.denominator as denominator_then
    from whole_rates as rates
    cross join (values ('MONTH'), ('YEAR')) as comparisons (comparison)
),

rate_pairs as (
    select
        ends.month_end,
        ends.comparison,
        ends.measure,
        ends.breakdown,
        ends.member,
        sum(ends.numerator_now) as numerator_now,
        sum(ends.denominator_now) as denominator_now,
        sum(ends.numerator_then) as numerator_then,
        sum(ends.denominator_then) as denominator_then
    from rate_ends as ends
    group by ends.month_end, ends.comparison, ends.measure, ends.breakdown, ends.member
),

rate_totals as (
    select
        totals.month_end,
        totals.comparison,
        totals.measure,
        totals.denominator_now,
        totals.denominator_then,
        totals.numerator_now / totals.denominator_now as rate_now,
        totals.numerator_then / totals.denominator_then as rate_then
    from rate_pairs as totals
    where
        totals.breakdown = 'TOTAL' and totals.denominator_now > 0 and totals.denominator_then > 0
),

-- A cause has no denominator of its own: its share is 1.
rate_members as (
    select
        pairs.month_end,
        pairs.comparison,
        pairs.measure,
        pairs.breakdown,
        pairs.member,
        case pairs.breakdown
            when 'CAUSE' then totals.denominator_now else pairs.denominator_now
        end as denominator_now,
        case pairs.breakdown
            when 'CAUSE' then totals.denominator_then else pairs.denominator_then
        end as denominator_then,
        pairs.numerator_now,
        pairs.numerator_then,
        totals.denominator_now as total_now,
        totals.denominator_then as total_then,
        (totals.rate_now + totals.rate_then) / 2 as average_rate
    from rate_pairs as pairs
    inner join rate_totals as totals
        on
            pairs.month_end = totals.month_end
            and pairs.comparison = totals.comparison
            and pairs.measure = totals.measure
),

-- Without cases in one month, the rate of the other month is used: the rate effect is 0.
rate_factors as (
    select
        members.*,
        members.denominator_now / members.total_now as share_now,
        members.denominator_then / members.total_then as share_then,
        coalesce(
            members.numerator_now / nullif(members.denominator_now, 0),
            members.numerator_then / nullif(members.denominator_then, 0),
            0
        ) as rate_now,
        coalesce(
            members.numerator_then / nullif(members.denominator_then, 0),
            members.numerator_now / nullif(members.denominator_now, 0),
            0
        ) as rate_then
    from rate_members as members
),

rate_parts as (
    select
        factors.month_end,
        factors.comparison,
        factors.measure,
        -- ISO 4217 for "no currency"
        'XXX' as currency,
        factors.breakdown,
        factors.member,
        case factors.comparison
            when 'MONTH' then {{ shift_month_end('factors.month_end', -1) }}
            else {{ shift_month_end('factors.month_end', -12) }}
        end as base_month_end,
        factors.numerator_then / nullif(factors.denominator_then, 0) as base_value,
        factors.numerator_now / nullif(factors.denominator_now, 0) as value,
        factors.denominator_then as base_case_count,
        factors.denominator_now as case_count,
        0 as entering_effect,
        0 as leaving_effect,
        0 as activity_effect,
        case factors.breakdown
            when 'CAUSE' then 0
            else
                (factors.share_now - factors.share_then)
                * ((factors.rate_now + factors.rate_then) / 2 - factors.average_rate)
        end as mix_effect,
        0 as size_effect,
        (factors.rate_now - factors.rate_then) * (factors.share_now + factors.share_then) / 2
            as rate_effect,
        factors.numerator_now / nullif(factors.denominator_now, 0)
        - factors.numerator_then / nullif(factors.denominator_then, 0) as deviation
    from rate_factors as factors
),

parts as (
    select
        amount_parts.*,
        amount_parts.entering_effect + amount_parts.leaving_effect
        + amount_parts.activity_effect + amount_parts.mix_effect
        + amount_parts.size_effect as contribution
    from amount_parts
    union all
    select
        rate_parts.*,
        rate_parts.mix_effect + rate_parts.rate_effect as contribution
    from rate_parts
),

medians as (
    select
        parts.comparison,
        parts.measure,
        parts.currency,
        parts.breakdown,
        parts.member,
        count(parts.deviation) as deviation_count,
        percentile_cont(0.5) within group (order by parts.deviation::double precision)
            as median_deviation
    from parts
    group by parts.comparison, parts.measure, parts.currency, parts.breakdown, parts.member
),

spreads as (
    select
        medians.comparison,
        medians.measure,
        medians.currency,
        medians.breakdown,
        medians.member,
        medians.deviation_count,
        medians.median_deviation,
        percentile_cont(0.5) within group (
            order by abs(parts.deviation::double precision - medians.median_deviation)
        ) as absolute_deviation
    from medians
    inner join parts
        on
            medians.comparison = parts.comparison
            and medians.measure = parts.measure
            and medians.currency = parts.currency
            and medians.breakdown = parts.breakdown
            and medians.member = parts.member
    group by
        medians.comparison, medians.measure, medians.currency, medians.breakdown,
        medians.member, medians.deviation_count, medians.median_deviation
),

-- 0.6745 makes the median absolute deviation of a normal variable its standard deviation.
judged as (
    select
        parts.*,
        sum(parts.contribution) over members as total_change,
        sum(abs(parts.contribution)) over members as movement,
        rank() over (
            partition by
                parts.month_end, parts.comparison, parts.measure, parts.currency,
                parts.breakdown
            order by abs(parts.contribution) desc
        ) as contribution_rank,
        case
            when spreads.deviation_count >= 8 and spreads.absolute_deviation > 1e-12
                then
                    0.6745 * (parts.deviation::double precision - spreads.median_deviation)
                    / spreads.absolute_deviation
        end as robust_z
    from parts
    inner join spreads
        on
            parts.comparison = spreads.comparison
            and parts.measure = spreads.measure
            and parts.currency = spreads.currency
            and parts.breakdown = spreads.breakdown
            and parts.member = spreads.member
    window members as (
        partition by
            parts.month_end, parts.comparison, parts.measure, parts.currency, parts.breakdown
    )
)

select
    judged.month_end,
    judged.comparison,
    judged.measure,
    judged.currency,
    judged.breakdown,
    judged.member,
    judged.base_month_end,
    judged.base_case_count::bigint as base_case_count,
    judged.case_count::bigint as case_count,
    judged.base_value::numeric(30, 12) as base_value,
    judged.value::numeric(30, 12) as value,
    judged.entering_effect::numeric(30, 12) as entering_effect,
    judged.leaving_effect::numeric(30, 12) as leaving_effect,
    judged.activity_effect::numeric(30, 12) as activity_effect,
    judged.mix_effect::numeric(30, 12) as mix_effect,
    judged.size_effect::numeric(30, 12) as size_effect,
    judged.rate_effect::numeric(30, 12) as rate_effect,
    judged.contribution::numeric(30, 12) as contribution,
    judged.total_change::numeric(30, 12) as total_change,
    -- Shares of a change that is the remainder of opposite movements have no meaning.
    case
        when abs(judged.total_change) >= 0.1 * judged.movement
            then {{ ratio('judged.contribution', 'judged.total_change') }}
    end as contribution_share,
    judged.contribution_rank::integer as contribution_rank,
    judged.robust_z,
    coalesce(abs(judged.robust_z) > 3.5, false) as is_anomaly
from judged
order by
    judged.month_end, judged.comparison, judged.measure, judged.currency, judged.breakdown,
    judged.member
