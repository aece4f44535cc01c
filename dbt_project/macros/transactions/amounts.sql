{# Amount of a row of `stg_transactions` in the account's currency: positive in, negative out. #}
{% macro signed_amount(transactions) -%}
    case
        when {{ transactions }}.direction < 0 then -{{ transactions }}.account_amount
        else {{ transactions }}.account_amount
    end
{%- endmacro %}

{# Effect of a row of `stg_transactions` on the balance: 0 unless completed. #}
{% macro balance_effect(transactions) -%}
    case
        when {{ transactions }}.status = 'COMPLETED'
            then {{ signed_amount(transactions) }} - {{ transactions }}.fees
        else 0
    end
{%- endmacro %}
