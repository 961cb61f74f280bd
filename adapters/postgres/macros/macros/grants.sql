{# A new relation has no grants of the old one. #}
{% macro postgres__copy_grants() %}{{ return(False) }}{% endmacro %}

{% macro postgres__get_show_grant_sql(relation) -%}
  select grantee, privilege_type
  from {{ relation.information_schema('role_table_grants') }}
  where table_schema = {{ dbt._as_literal(relation.schema) }}
    and table_name = {{ dbt._as_literal(relation.identifier) }}
    and grantor = current_role
    and grantee != current_role
{%- endmacro %}
