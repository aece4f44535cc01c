{#
    Parts of a change.
#}

{#
    Part that the first factor has in the change of a product of three: its Shapley value, the
    average over all orders in which the factors may change. The three parts add up to the change.
#}
{% macro product_effect(x_then, x_now, y_then, y_now, z_then, z_now) -%}
    ({{ x_now }} - {{ x_then }}) * (
        2 * ({{ y_then }} * {{ z_then }} + {{ y_now }} * {{ z_now }})
        + {{ y_then }} * {{ z_now }} + {{ y_now }} * {{ z_then }}
    ) / 6
{%- endmacro %}
