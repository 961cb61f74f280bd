{# Descriptions written to the warehouse as comments, as far as the persist_docs config asks for it. #}

{% macro alter_column_comment(relation, column_dict) %}
  {{ return(adapter.dispatch('alter_column_comment', 'dbt')(relation, column_dict)) }}
{% endmacro %}

{% macro alter_relation_comment(relation, relation_comment) %}
  {{ return(adapter.dispatch('alter_relation_comment', 'dbt')(relation, relation_comment)) }}
{% endmacro %}

{% macro persist_docs(relation, model, for_relation=true, for_columns=true) %}
  {{ return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) }}
{% endmacro %}


{% macro default__alter_column_comment(relation, column_dict) %}{% do _not_implemented('alter_column_comment') %}{% endmacro %}

{% macro default__alter_relation_comment(relation, relation_comment) %}
  {% do _not_implemented('alter_relation_comment') %}
{% endmacro %}

{# The documented columns that exist; names of quoted columns are compared with their case. Warns about the others. #}
{% macro validate_doc_columns(relation, column_dict, existing_column_names) %}
  {% set any_case = existing_column_names | map('lower') | list %}
  {% set known = {} %}
  {% set unknown = [] %}
  {% for name, column in column_dict.items() %}
    {% if name in existing_column_names or (not column['quote'] and name | lower in any_case) %}
      {% do known.update({name: column}) %}
    {% else %}
      {% do unknown.append(name) %}
    {% endif %}
  {% endfor %}
  {% if unknown %}
    {% do exceptions.warn('In relation ' ~ relation.render() ~ ': The following columns are specified in the schema but are not present in the database: ' ~ (unknown | join(', '))) %}
  {% endif %}
  {{ return(known) }}
{% endmacro %}

{% macro default__persist_docs(relation, model, for_relation, for_columns) %}
  {% if for_relation and config.persist_relation_docs() and model.description %}
    {% do run_query(alter_relation_comment(relation, model.description)) %}
  {% endif %}
  {% if for_columns and config.persist_column_docs() and model.columns %}
    {% set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
    {% set comments = alter_column_comment(relation, validate_doc_columns(relation, model.columns, present)) %}
    {% if comments and comments | trim %}{% do run_query(comments) %}{% endif %}
  {% endif %}
{% endmacro %}
