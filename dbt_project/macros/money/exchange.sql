{#
    Amounts in US dollars, by the rate in force on a day.

        select {{ to_usd('payments.amount', 'payments.currency', 'rates') }} as amount_usd
        from payments
        {{ join_usd_rates('payments.currency', 'payments.payment_date', 'rates') }}
#}

{# Join of the rate of a currency on a day; a hash join, whatever the size of the fact. #}
{% macro join_usd_rates(currency, day, alias='usd_rates') -%}
    left join {{ ref('exchange_rates') }} as {{ alias }}
        on {{ currency }} = {{ alias }}.currency and {{ day }} = {{ alias }}.rate_date
{%- endmacro %}

{# Amount in dollars to the cent; null where no rate is known, never an amount at a rate of one. #}
{% macro to_usd(amount, currency, alias='usd_rates') -%}
    case
        when {{ currency }} = 'USD' then {{ amount }}
        else round({{ amount }} * {{ alias }}.usd_rate, 2)
    end
{%- endmacro %}
