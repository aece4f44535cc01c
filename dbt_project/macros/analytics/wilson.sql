{#
    Bound of the 95% score interval of a share (Wilson 1927): -1 for the lower, 1 for the upper
    bound. The size is above 0. The lower bound of 0 and the upper bound of 1 are set exactly,
    because the formula has a rounding error.
#}
{% macro wilson(yes, size, end) -%}
    case
        when {{ yes }} = {{ size if end > 0 else 0 }} then {{ 1 if end > 0 else 0 }}::double precision
        else (
            {{ yes }} + 1.920729410347062
            + ({{ end }}) * 1.959963984540054 * sqrt(
                {{ yes }} * ({{ size }} - {{ yes }}) / ({{ size }})::double precision
                + 0.960364705173531
            )
        ) / ({{ size }} + 3.841458820694124)
    end
{%- endmacro %}
