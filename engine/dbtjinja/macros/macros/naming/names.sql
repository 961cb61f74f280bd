{# Where a node lives: database, schema, alias. Projects replace these macros to have their own rules. #}

{% macro generate_database_name(custom_database_name=none, node=none) %}
  {{ return(adapter.dispatch('generate_database_name', 'dbt')(custom_database_name, node)) }}
{% endmacro %}

{% macro generate_schema_name(custom_schema_name=none, node=none) %}
  {{ return(adapter.dispatch('generate_schema_name', 'dbt')(custom_schema_name, node)) }}
{% endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) %}
  {{ return(adapter.dispatch('generate_alias_name', 'dbt')(custom_alias_name, node)) }}
{% endmacro %}

{% macro generate_latest_version_pointer_alias(custom_alias_name=none, node=none) %}
  {{ return(adapter.dispatch('generate_latest_version_pointer_alias', 'dbt')(custom_alias_name, node)) }}
{% endmacro %}


{# a catalog integration's database goes before the config, the config before the target #}
{% macro default__generate_database_name(custom_database_name=none, node=none) %}
  {% if node is not none and node | attr('database') %}
    {% set catalog = adapter.build_catalog_relation(node) %}
    {% if catalog and catalog | attr('catalog_database') %}{{ return(catalog.catalog_database) }}{% endif %}
  {% endif %}
  {{ return(target.database if custom_database_name is none else custom_database_name) }}
{% endmacro %}

{# target schema, or target schema _ custom schema #}
{% macro default__generate_schema_name(custom_schema_name, node) %}
  {{ return(target.schema if custom_schema_name is none else target.schema ~ '_' ~ (custom_schema_name | trim)) }}
{% endmacro %}

{# The other common rule, to be called from a project's generate_schema_name: custom schemas in target "prod" only. #}
{% macro generate_schema_name_for_env(custom_schema_name, node) %}
  {% if custom_schema_name is not none and target.name == 'prod' %}{{ return(custom_schema_name | trim) }}{% endif %}
  {{ return(target.schema) }}
{% endmacro %}

{# the configured alias, or the name with _v<version> #}
{% macro default__generate_alias_name(custom_alias_name=none, node=none) %}
  {% if custom_alias_name %}
    {{ return(custom_alias_name | trim) }}
  {% elif node.version %}
    {{ return(node.name ~ '_v' ~ (node.version | replace('.', '_'))) }}
  {% endif %}
  {{ return(node.name) }}
{% endmacro %}

{# name of the relation that follows a versioned model's latest version #}
{% macro default__generate_latest_version_pointer_alias(custom_alias_name=none, node=none) %}
  {{ return(custom_alias_name | trim if custom_alias_name else node.name) }}
{% endmacro %}
