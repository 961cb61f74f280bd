{# Materialized views. Only a change of indexes can be applied to one that exists. #}

{% macro postgres__get_create_materialized_view_as_sql(relation, sql) %}
  {% set statements = ['create materialized view if not exists ' ~ relation ~ ' as ' ~ sql ~ '\n'] %}
  {% for index in config.get('indexes', []) %}{% do statements.append(get_create_index_sql(relation, index)) %}{% endfor %}
  {{ return(statements | join(';\n')) }}
{% endmacro %}

{% macro postgres__drop_materialized_view(relation) -%}
  drop materialized view if exists {{ relation }} cascade
{%- endmacro %}

{% macro postgres__refresh_materialized_view(relation) -%} refresh materialized view {{ relation }} {%- endmacro %}

{% macro postgres__get_rename_materialized_view_sql(relation, new_name) -%}
  alter materialized view {{ relation }} rename to {{ new_name }}
{%- endmacro %}

{# what can be compared with a config: the indexes so far #}
{% macro postgres__describe_materialized_view(relation) %}
  {{ return({'indexes': run_query(get_show_indexes_sql(relation))}) }}
{% endmacro %}

{% macro postgres__get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {{ return(existing_relation.get_materialized_view_config_change_collection(
      postgres__describe_materialized_view(existing_relation), new_config.model)) }}
{% endmacro %}

{% macro postgres__get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) %}
  {% if configuration_changes.requires_full_refresh %}
    {{ return(get_replace_sql(existing_relation, relation, sql)) }}
  {% endif %}
  {{ return(postgres__update_indexes_on_materialized_view(relation, configuration_changes.indexes)) }}
{% endmacro %}

{% macro postgres__update_indexes_on_materialized_view(relation, index_changes) %}
  {% do log('Applying UPDATE INDEXES to: ' ~ relation) %}
  {% set statements = [] %}
  {% for change in index_changes %}
    {% if change.action == 'drop' %}
      {% do statements.append(postgres__get_drop_index_sql(relation, change.context.name)) %}
    {% elif change.action == 'create' %}
      {% do statements.append(postgres__get_create_index_sql(relation, change.context.as_node_config)) %}
    {% endif %}
  {% endfor %}
  {{ return(statements | join(';\n')) }}
{% endmacro %}
