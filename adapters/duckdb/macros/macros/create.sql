{# create table and create view. #}

{# Replaces the built-in macro: the layout of DuckLake tables comes along. #}
{% macro create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) %}
  {{ return(adapter.dispatch('create_table_as', 'dbt')(
      temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by)) }}
{% endmacro %}

{# A table with a contract or a layout is made empty, altered, and filled. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) %}
  {% if language == 'python' %}
    {{ return(py_write_table(temporary=temporary, relation=relation, compiled_code=compiled_code,
        partitioned_by=partitioned_by, sorted_by=sorted_by)) }}
  {% elif language != 'sql' %}
    {% do exceptions.raise_compiler_error("duckdb__create_table_as macro didn't get supported language, it got " ~ language) %}
  {% endif %}
  {% set header = config.get('sql_header', none) %}
  {% set contract = config.get('contract') %}
  {% set declared = contract.enforced and not temporary %}
  {% set layout %}
    {{ duckdb__alter_table_set_partitioned_by(relation, partitioned_by) if partitioned_by }}
    {{ duckdb__alter_table_set_sorted_by(relation, sorted_by) if sorted_by }}
  {% endset %}
  {{ get_assert_columns_equivalent(compiled_code) if contract.enforced }}
  {{ header if header is not none }}
  create {{ 'temporary ' if temporary }}table {{ relation.include(database=not temporary, schema=not temporary) }}
  {%- if declared %}
  {{ get_table_columns_and_constraints() }};
  {{ layout | trim }}
  insert into {{ relation }} {{ get_column_names() }} (
    {{ get_select_subquery(compiled_code) }}
  );
  {%- elif layout | trim %} as (
    select * from (
      {{ compiled_code }}
    ) as model_subq
    limit 0
  );
  {{ layout | trim }}
  insert into {{ relation }}
  select * from (
    {{ compiled_code }}
  ) as model_subq;
  {%- else %} as (
    {{ compiled_code }}
  );
  {%- endif %}
{% endmacro %}

{# the contract's columns in parentheses, for the insert #}
{% macro get_column_names() %}{{ return('(' ~ dbt.default__get_column_names() ~ ')') }}{% endmacro %}

{% macro duckdb__create_view_as(relation, sql) %}
  {% set header = config.get('sql_header', none) %}
  {{ get_assert_columns_equivalent(sql) if config.get('contract').enforced }}
  {{ header if header is not none }}
  create view {{ relation }} as (
    {{ sql }}
  );
{% endmacro %}


{# Layout of DuckLake tables, from partitioned_by (or partition_by) and sorted_by (or sort_by). #}

{% macro duckdb__get_partitioned_by(relation, temporary) %}
  {% set columns = _duckdb_layout_columns(relation, temporary, 'partitioned_by', 'partition_by') %}
  {{ return(columns | join(', ') if columns else none) }}
{% endmacro %}

{% macro duckdb__get_sorted_by(relation, temporary) %}
  {% set quoted = [] %}
  {% for column in _duckdb_layout_columns(relation, temporary, 'sorted_by', 'sort_by') or [] %}
    {% do quoted.append(adapter.quote(column | replace('"', '""'))) %}
  {% endfor %}
  {{ return(quoted | join(', ') if quoted else none) }}
{% endmacro %}

{# The configured columns, or none where a layout has no place: temporary and intermediate relations, and plain DuckDB
   (with a warning). #}
{% macro _duckdb_layout_columns(relation, temporary, setting, other_name) %}
  {% set label = setting ~ '/' ~ other_name %}
  {% set given = config.get(setting, none) %}
  {% if given is none or (given == '' and setting == 'partitioned_by') %}{% set given = config.get(other_name, none) %}{% endif %}
  {% if temporary or given is none or (given == '' and setting == 'partitioned_by') %}{{ return(none) }}{% endif %}
  {% set columns = normalize_string_or_list(given, label) %}
  {% if not columns %}
    {% do exceptions.raise_compiler_error(label ~ ' must contain at least one column', config=setting) %}
  {% endif %}
  {% if this is defined and config.get('materialized') in ['table', 'incremental']
        and relation.identifier and this.identifier and relation.identifier != this.identifier %}
    {{ return(none) }}
  {% endif %}
  {% if not adapter.is_ducklake(relation) %}
    {% do adapter.warn_once(label ~ ' is only supported for DuckLake relations; ignoring for ' ~ relation) %}
    {{ return(none) }}
  {% endif %}
  {{ return(columns) }}
{% endmacro %}

{% macro duckdb__alter_table_set_partitioned_by(relation, partitioned_by) -%}
  alter table {{ relation }} set partitioned by ({{ partitioned_by }});
{%- endmacro %}

{% macro duckdb__alter_table_set_sorted_by(relation, sorted_by) -%}
  alter table {{ relation }} set sorted by ({{ sorted_by }});
{%- endmacro %}
