{#
    An end of the 95% interval of a share by its score test (Wilson 1927): -1 for the lower end, 1 for
    the upper. The size is above 0. The lower end of none and the upper end of all are exactly 0 and 1,
    which the formula misses by a rounding error.
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
