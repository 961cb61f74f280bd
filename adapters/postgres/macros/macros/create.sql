{# create table. Under a contract the table is declared first and filled second, as PostgreSQL cannot do both in one
   statement. #}
{% macro postgres__create_table_as(temporary, relation, sql) %}
  {% set header = config.get('sql_header', none) %}
  {% set contract = config.get('contract') %}
  {% set kind = 'temporary ' if temporary else ('unlogged ' if config.get('unlogged', default=false) else '') %}
  {{ header if header is not none }}
  {{ get_assert_columns_equivalent(sql) if contract.enforced }}
  {%- if contract.enforced and not temporary %}
  create {{ kind }}table {{ relation }}
  {{ get_table_columns_and_constraints() }};
  insert into {{ relation }} ({{ adapter.dispatch('get_column_names', 'dbt')() }})
  (
    {{ get_select_subquery(sql) }}
  );
  {%- else %}
  create {{ kind }}table {{ relation }} as
  (
    {{ sql }}
  );
  {%- endif %}
{% endmacro %}

{% macro postgres__get_replace_table_sql(relation, sql) %}
  {% set header = config.get('sql_header', none) %}
  {% set contract = config.get('contract') %}
  {{ header if header is not none }}
  create or replace table {{ relation }}
  {%- if contract.enforced %}
    {{ get_assert_columns_equivalent(sql) }}
    {{ get_table_columns_and_constraints() }}
  {%- endif %}
  as (
    {{ get_select_subquery(sql) if contract.enforced else sql }}
  );
{% endmacro %}

{% macro postgres__get_replace_view_sql(relation, sql) %}
  {% set header = config.get('sql_header', none) %}
  {{ header if header is not none }}
  create or replace view {{ relation }}
  {{ get_assert_columns_equivalent(sql) if config.get('contract').enforced }}
  as (
    {{ sql }}
  );
{% endmacro %}

{% macro postgres__drop_table(relation) -%} drop table if exists {{ relation }} cascade {%- endmacro %}

{% macro postgres__drop_view(relation) -%} drop view if exists {{ relation }} cascade {%- endmacro %}

{% macro postgres__get_rename_table_sql(relation, new_name) -%} alter table {{ relation }} rename to {{ new_name }} {%- endmacro %}

{% macro postgres__get_rename_view_sql(relation, new_name) -%} alter view {{ relation }} rename to {{ new_name }} {%- endmacro %}
