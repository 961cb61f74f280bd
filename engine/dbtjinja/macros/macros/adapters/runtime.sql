{% macro is_core_v2() %}{{ return(dbt_version.split('.')[0] | int == 2) }}{% endmacro %}
