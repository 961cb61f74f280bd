{#- Has a relation of the warehouse a column of this name? -#}
{% macro has_column(relation, name) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) if execute else [] -%}
    {{ return(name in columns | map(attribute='name') | list) }}
{%- endmacro %}
