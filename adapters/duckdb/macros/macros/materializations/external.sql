{# The query's rows in a file, and a view that reads it. #}
{% materialization external, adapter="duckdb", supported_languages=['sql', 'python'] %}
  {% set location = render(config.get('location', default=external_location(this, config))) %}
  {% set options = render_write_options(config) %}
  {% set write_options = adapter.external_write_options(location, options) %}
  {# external_write_options has put the format it chose into the options #}
  {% set format = config.get('format') or (options['format'] | lower) %}
  {% if format not in ['csv', 'parquet', 'json'] %}
    {% if config.get('format') %}
      {% do exceptions.raise_compiler_error('Invalid format: ' ~ format ~ '. Allowed formats are: csv, parquet, json',
          config='format', choices=['csv', 'parquet', 'json']) %}
    {% endif %}
    {% set format = 'parquet' %}
  {% endif %}
  {% set read_location = adapter.external_read_location(location, options) %}

  {% set language = model['language'] %}
  {% set existing = load_cached_relation(this) %}
  {% set target = this.incorporate(type='view') %}
  {% set temp = make_intermediate_relation(this.incorporate(type='table'), suffix='__dbt_tmp') %}
  {% set staged = make_intermediate_relation(target, suffix='__dbt_int') %}
  {% set backup = make_backup_relation(target, 'table' if existing is none else existing.type) %}
  {% set leftovers = [load_cached_relation(staged), load_cached_relation(temp), load_cached_relation(backup)] %}
  {% set grant_config = config.get('grants') %}

  {% for relation in leftovers %}{% do drop_relation_if_exists(relation) %}{% endfor %}
  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}

  {% call statement('create_table', language=language) -%}
    {{ create_table_as(False, temp, compiled_code, language) }}
  {%- endcall %}

  {# A file of no rows would not tell its columns: one row of nulls is written, and the view leaves it out. #}
  {% set columns = get_columns_in_relation(temp) %}
  {% set empty = run_query('select count(*) as row_count from ' ~ temp)[0][0] == 0 %}
  {% call statement('main', language='sql') -%}
    {{ 'insert into ' ~ temp ~ ' values (' ~ (['NULL'] * (columns | length)) | join(', ') ~ ')' if empty }}
  {%- endcall %}
  {% do write_to_file(temp, location, write_options) %}

  {% call statement('main', language='sql') -%}
    create or replace view {{ staged }} as (
      select * from {{ _duckdb_read_function(format, read_location, options) }}
      {%- if empty %}
      where true{% for column in columns %} and "{{ column.column }}" is not null{% endfor %}
      {%- endif %}
    );
  {%- endcall %}

  {% if existing is not none %}{% do adapter.rename_relation(existing, backup) %}{% endif %}
  {% do adapter.rename_relation(staged, target) %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do apply_grants(target, grant_config, should_revoke=should_revoke(existing, full_refresh_mode=True)) %}
  {% do persist_docs(target, model) %}
  {% do adapter.commit() %}

  {% do drop_relation_if_exists(backup if existing is not none else none) %}
  {% do drop_relation_if_exists(temp) %}

  {% set plugin = config.get('plugin') %}
  {% if config.get('glue_register', default=false) %}
    {# older way to name the plugin #}
    {% set plugin = 'glue|' ~ config.get('glue_database', 'default') %}
  {% endif %}
  {% if plugin is not none %}{% do store_relation(plugin, target, location, format, config) %}{% endif %}

  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{# read_csv('…', name=value, …). Readers know a compression by the extension only, so the one of the write is named. #}
{% macro _duckdb_read_function(format, location, write_options) %}
  {% set defaults = {'parquet': {'union_by_name': False}, 'json': {'auto_detect': True}, 'csv': {'auto_detect': True}} %}
  {% set read_options = config.get(format ~ '_read_options', defaults[format]) %}
  {% if format != 'parquet' and write_options.get('compression') and 'compression' not in read_options %}
    {% set read_options = dict(read_options, compression=write_options['compression']) %}
  {% endif %}
  {% set arguments = [dbt._as_literal(location)] %}
  {% for name, value in read_options.items() %}
    {% do arguments.append(name ~ '=' ~ (dbt._as_literal(value) if value is string else value)) %}
  {% endfor %}
  {{ return('read_' ~ format ~ '(' ~ (arguments | join(', ')) ~ ')') }}
{% endmacro %}
