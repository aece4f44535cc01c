{#
    Risk score of a transaction, 0 to 100: a sum of points by rule, so that every score is explained
    by other columns of the row. It is a set of fixed rules, not a model, and uses no later data.
    Bookings of the bank itself have no points.

    | points | for |
    |---|---|
    | 10 / 20 / 30 | at least 3 / 5 / 10 times the account's usual payment of the last 30 days |
    | 10 / 20 | an amount of more than 2,000 / 10,000 |
    | 10 | cash |
    | 10 | night, 00:00 to 05:59 UTC |
    | 5 | online or mobile |
    | 10 | another currency than the account's |
    | 10 | a merchant of high risk |
    | 5 | a merchant in another country than the customer |
    | 10 | more than half of the month's transactions, and at least 10, in the last 7 days |
    | 10 | nothing on the account for 30 days, and more than 1,000 |
    | 5 | refused |

    Args:
        row: Name of the relation with the columns of `fact_transactions`.
#}
{% macro transaction_risk_score(row) -%}
    case
        when {{ row }}.channel = 'BATCH' or {{ row }}.transaction_type = 'OPENING_BALANCE' then 0
        else least(
            case
                when {{ row }}.amount_to_usual_ratio >= 10 then 30
                when {{ row }}.amount_to_usual_ratio >= 5 then 20
                when {{ row }}.amount_to_usual_ratio >= 3 then 10
                else 0
            end
            + case
                when {{ row }}.account_amount > 10000 then 20
                when {{ row }}.account_amount > 2000 then 10
                else 0
            end
            + case when {{ row }}.is_cash then 10 else 0 end
            + case when {{ row }}.transaction_hour < 6 then 10 else 0 end
            + case when {{ row }}.channel in ('ONLINE', 'MOBILE') then 5 else 0 end
            + case when {{ row }}.is_foreign_currency then 10 else 0 end
            + case when {{ row }}.is_high_risk_merchant then 10 else 0 end
            + case when {{ row }}.is_foreign_merchant then 5 else 0 end
            + case
                when
                    {{ row }}.transaction_count_7d >= 10
                    and {{ row }}.transaction_count_7d * 2 > {{ row }}.transaction_count_30d
                    then 10
                else 0
            end
            + case
                when {{ row }}.transaction_count_30d = 0 and {{ row }}.account_amount > 1000 then 10
                else 0
            end
            + case when {{ row }}.status = 'FAILED' then 5 else 0 end,
            100
        )
    end
{%- endmacro %}
