{% macro duckdb__get_binding_char() %}{{ return(adapter.get_binding_char()) }}{% endmacro %}

{% macro duckdb__get_batch_size() %}{{ return(10000) }}{% endmacro %}

{# DuckDB reads the file itself, unless the seed's config has fast: false. Note that it then takes the word null for text. #}
{% macro duckdb__load_csv_rows(model, agate_table) %}
  {% if not config.get('fast', true) %}
    {{ return(dbt._insert_csv_rows(model, adapter.convert_datetimes_to_strs(agate_table))) }}
  {% endif %}
  {% set copy_sql = 'copy ' ~ this.render() ~ ' from ' ~ dbt._as_literal(adapter.get_seed_file_path(model))
      ~ ' (format csv, header true, delimiter ' ~ dbt._as_literal(config.get('delimiter', ',')) ~ ')' %}
  {% do adapter.add_query(copy_sql, abridge_sql_log=True) %}
  {{ return(copy_sql) }}
{% endmacro %}
