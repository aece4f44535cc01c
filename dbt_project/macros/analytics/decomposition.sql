{#
    Decomposition of a change.
#}

{#
    Contribution of the first factor to the change of a product of three factors: its Shapley value,
    the average over all orders of change. The three contributions add up to the change.
#}
{% macro product_effect(x_then, x_now, y_then, y_now, z_then, z_now) -%}
    ({{ x_now }} - {{ x_then }}) * (
        2 * ({{ y_then }} * {{ z_then }} + {{ y_now }} * {{ z_now }})
        + {{ y_then }} * {{ z_now }} + {{ y_now }} * {{ z_then }}
    ) / 6
{%- endmacro %}
