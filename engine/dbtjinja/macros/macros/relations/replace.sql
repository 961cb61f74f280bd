{# Replacing a relation by one script: in place where the warehouse can, else by way of names that can be renamed. #}

{% macro get_create_backup_sql(relation) %}
  {% do log('Applying CREATE BACKUP to: ' ~ relation) %}
  {{ return(adapter.dispatch('get_create_backup_sql', 'dbt')(relation)) }}
{% endmacro %}

{% macro get_drop_backup_sql(relation) %}
  {% do log('Applying DROP BACKUP to: ' ~ relation) %}
  {{ return(adapter.dispatch('get_drop_backup_sql', 'dbt')(relation)) }}
{% endmacro %}

{% macro get_create_intermediate_sql(relation, sql) %}
  {% do log('Applying CREATE INTERMEDIATE to: ' ~ relation) %}
  {{ return(adapter.dispatch('get_create_intermediate_sql', 'dbt')(relation, sql)) }}
{% endmacro %}

{% macro get_rename_intermediate_sql(relation) %}
  {% do log('Applying RENAME INTERMEDIATE to: ' ~ relation) %}
  {{ return(adapter.dispatch('get_rename_intermediate_sql', 'dbt')(relation)) }}
{% endmacro %}


{% macro default__get_create_backup_sql(relation) %}
  {% set backup = make_backup_relation(relation, relation.type) %}
  {{ get_drop_sql(backup) }};
  {{ get_rename_sql(relation, backup.identifier) }}
{% endmacro %}

{% macro default__get_drop_backup_sql(relation) %}
  {{ return(get_drop_sql(make_backup_relation(relation, relation.type))) }}
{% endmacro %}

{% macro default__get_create_intermediate_sql(relation, sql) %}
  {% set staged = make_intermediate_relation(relation) %}
  {{ get_drop_sql(staged) }};
  {{ get_create_sql(staged, sql) }}
{% endmacro %}

{% macro default__get_rename_intermediate_sql(relation) %}
  {{ return(get_rename_sql(make_intermediate_relation(relation), relation.identifier)) }}
{% endmacro %}


{# Safest way first: replace in place; stage the new one and park the old; one of both; drop and create. #}
{% macro default__get_replace_sql(existing_relation, target_relation, sql) %}
  {% if existing_relation.type == target_relation.type and existing_relation.can_be_replaced %}
    {% if existing_relation.is_view %}
      {{ return(get_replace_view_sql(target_relation, sql)) }}
    {% elif existing_relation.is_table %}
      {{ return(get_replace_table_sql(target_relation, sql)) }}
    {% elif existing_relation.is_materialized_view %}
      {{ return(get_replace_materialized_view_sql(target_relation, sql)) }}
    {% endif %}
  {% endif %}

  {% set stage = target_relation.can_be_renamed %}
  {% set park = existing_relation.can_be_renamed %}
  {% set steps = [] %}
  {% if stage %}{% do steps.append(get_create_intermediate_sql(target_relation, sql)) %}{% endif %}
  {% do steps.append(get_create_backup_sql(existing_relation) if park else get_drop_sql(existing_relation)) %}
  {% do steps.append(get_rename_intermediate_sql(target_relation) if stage else get_create_sql(target_relation, sql)) %}
  {% if park %}{% do steps.append(get_drop_backup_sql(existing_relation)) %}{% endif %}
  {{ return(steps | join(';\n')) }}
{% endmacro %}
