{# Steps of a seed. Each returns the SQL that it ran, for target/run. #}

{% macro create_csv_table(model, agate_table) %}{{ return(adapter.dispatch('create_csv_table', 'dbt')(model, agate_table)) }}{% endmacro %}

{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {{ return(adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table)) }}
{% endmacro %}

{% macro load_csv_rows(model, agate_table) %}{{ return(adapter.dispatch('load_csv_rows', 'dbt')(model, agate_table)) }}{% endmacro %}

{% macro get_csv_sql(create_or_truncate_sql, insert_sql) %}
  {{ return(adapter.dispatch('get_csv_sql', 'dbt')(create_or_truncate_sql, insert_sql)) }}
{% endmacro %}

{% macro get_binding_char() %}{{ return(adapter.dispatch('get_binding_char', 'dbt')()) }}{% endmacro %}

{% macro get_batch_size() %}{{ return(adapter.dispatch('get_batch_size', 'dbt')()) }}{% endmacro %}


{# Types are inferred from the file unless column_types has the column. #}
{% macro default__create_csv_table(model, agate_table) %}
  {% set typed = model['config'].get('column_types') or {} %}
  {% set quote = model['config'].get('quote_columns', none) %}
  {% set columns = [] %}
  {% for name in agate_table.column_names %}
    {% set type = typed[name] if name in typed else adapter.convert_type(agate_table, loop.index0) %}
    {% do columns.append(adapter.quote_seed_column(name | string, quote) ~ ' ' ~ type) %}
  {% endfor %}
  {% set ddl = 'create table ' ~ this.render() ~ ' (' ~ (columns | join(', ')) ~ ')' %}
  {% call statement('_') -%}
    {{ ddl }}
  {%- endcall %}
  {{ return(ddl) }}
{% endmacro %}

{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {% if full_refresh %}
    {% do adapter.drop_relation(old_relation) %}
    {{ return(create_csv_table(model, agate_table)) }}
  {% endif %}
  {% do adapter.truncate_relation(old_relation) %}
  {{ return('truncate table ' ~ old_relation.render()) }}
{% endmacro %}

{% macro default__get_csv_sql(create_or_truncate_sql, insert_sql) %}
  {{ create_or_truncate_sql }};
  -- dbt seed --
  {{ insert_sql }}
{% endmacro %}

{% macro default__get_binding_char() %}{{ return('%s') }}{% endmacro %}

{% macro default__get_batch_size() %}{{ return(10000) }}{% endmacro %}

{% macro get_seed_column_quoted_csv(model, column_names) %}
  {% set quote = model['config'].get('quote_columns', none) %}
  {% set columns = [] %}
  {% for name in column_names %}{% do columns.append(adapter.quote_seed_column(name, quote)) %}{% endfor %}
  {{ return(columns | join(', ')) }}
{% endmacro %}

{# What takes more than one insert goes in as a whole where the warehouse can do that. #}
{% macro default__load_csv_rows(model, agate_table) %}
  {% if agate_table.rows | length > get_batch_size() | int and _seed_has_types_of(model, agate_table) %}
    {% set quote = model['config'].get('quote_columns', none) %}
    {% set columns = [] %}
    {% for name in agate_table.column_names %}{% do columns.append(adapter.quote_seed_column(name | string, quote)) %}{% endfor %}
    {% set statement_sql = adapter.bulk_insert(this, columns, agate_table) %}
    {% if statement_sql is not none %}{{ return(statement_sql) }}{% endif %}
  {% endif %}
  {{ return(_insert_csv_rows(model, agate_table)) }}
{% endmacro %}

{# Are the columns of the table those that the file would be given now? An insert casts to what there is, a bulk insert
   does not. A table that this run has made is not in the cache. #}
{% macro _seed_has_types_of(model, agate_table) %}
  {% if load_cached_relation(this) is none %}{{ return(True) }}{% endif %}
  {% set typed = model['config'].get('column_types') or {} %}
  {% set found = {} %}
  {% for column in adapter.get_columns_in_relation(this) %}{% do found.update({column.name | lower: column.data_type | lower}) %}{% endfor %}
  {% for name in agate_table.column_names if name not in typed %}
    {% set type = adapter.convert_type(agate_table, agate_table.column_names.index(name)) %}
    {% if found.get(name | lower) != {'float8': 'double precision'}.get(type, type) %}{{ return(False) }}{% endif %}
  {% endfor %}
  {{ return(True) }}
{% endmacro %}

{# Inserts in batches with bound values; returns the statement of the first batch. #}

{% macro _insert_csv_rows(model, agate_table) %}
  {% set head = 'insert into ' ~ this.render() ~ ' (' ~ get_seed_column_quoted_csv(model, agate_table.column_names) ~ ') values ' %}
  {% set tuple = '(' ~ ([get_binding_char() | trim] * (agate_table.column_names | length)) | join(',') ~ ')' %}
  {% set statements = [] %}
  {% for batch in agate_table.rows | batch(get_batch_size()) %}
    {% set bindings = [] %}
    {% for row in batch %}{% do bindings.extend(row) %}{% endfor %}
    {% set insert_sql = head ~ ([tuple] * (batch | length)) | join(',') %}
    {% do adapter.add_query(insert_sql, bindings=bindings, abridge_sql_log=True) %}
    {% if loop.first %}{% do statements.append(insert_sql) %}{% endif %}
  {% endfor %}
  {{ return(statements[0]) }}
{% endmacro %}
