{# Group of a merchant category code, by the ranges of ISO 18245. #}
{% macro mcc_group(code) -%}
    case
        when {{ code }} is null or {{ code }} = '0000' then 'UNKNOWN'
        when {{ code }} < '1500' then 'AGRICULTURE'
        when {{ code }} < '3000' then 'CONTRACTORS'
        when {{ code }} < '4000' then 'TRAVEL'
        when {{ code }} < '4800' then 'TRANSPORT'
        when {{ code }} < '5000' then 'UTILITIES'
        when {{ code }} < '5600' then 'RETAIL'
        when {{ code }} < '5700' then 'CLOTHING'
        when {{ code }} < '7300' then 'OTHER_STORES'
        when {{ code }} < '8000' then 'BUSINESS_SERVICES'
        when {{ code }} < '9000' then 'PROFESSIONAL_SERVICES'
        else 'GOVERNMENT'
    end
{%- endmacro %}
