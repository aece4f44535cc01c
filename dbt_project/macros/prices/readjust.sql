{#
    Runs after a window of `fact_market_prices` is replaced: a split or dividend changes the
    adjusted prices of every day before it, also of days outside the window. Returns and
    volatilities do not change, since all of a symbol's days before it take the same new factor.
#}
{% macro readjust_prices() -%}
    {%- if is_incremental() -%}
        update {{ this }} as stored
        set
            adjustment_factor = adjustments.adjustment_factor,
            adjusted_close = round(stored.close_price * adjustments.adjustment_factor, 6)
        from {{ ref('stg_price_adjustments') }} as adjustments
        where
            stored.symbol = adjustments.symbol
            and stored.data_date between adjustments.first_date and adjustments.last_date
            and stored.adjustment_factor <> adjustments.adjustment_factor
    {%- endif -%}
{%- endmacro %}
