{# Tables with foreign keys. DuckDB cannot rename or drop a table that a foreign key points at, cannot drop the
   constraint, and after a rename still knows the pointing table by its old name (duckdb/duckdb#24648). So a table with
   foreign keys is built under its final name, and what points at a table that is replaced is dropped first, with its
   rows kept aside, as far as this run builds it again. #}

{# types of the constraints in this model's enforced contract #}
{% macro enforced_constraint_types() %}
  {% set contract = config.get('contract') %}
  {% if not (contract and contract.enforced) %}{{ return([]) }}{% endif %}
  {% set types = [] %}
  {% for owner in [model] + (model.get('columns', {}).values() | list) %}
    {% for constraint in owner.get('constraints') or [] %}{% do types.append(constraint.type) %}{% endfor %}
  {% endfor %}
  {{ return(types) }}
{% endmacro %}

{% macro existing_constraint_types(relation) %}
  {{ return(adapter.existing_key_constraint_types(relation) if relation is not none and relation.is_table else []) }}
{% endmacro %}

{# Must the table be built in place? #}
{% macro has_foreign_key_constraints(relation=none) %}
  {{ return(adapter.catalog_supports_foreign_keys(this.database) and (
      'foreign_key' in enforced_constraint_types() or 'foreign_key' in existing_constraint_types(relation))) }}
{% endmacro %}

{# Only keys can be pointed at. The table as it is counts too: its key may be gone from the contract. #}
{% macro may_be_foreign_key_target(relation=none) %}
  {% if not adapter.catalog_supports_foreign_keys(this.database) %}{{ return(false) }}{% endif %}
  {% set types = enforced_constraint_types() + existing_constraint_types(relation) %}
  {{ return('primary_key' in types or 'unique' in types) }}
{% endmacro %}

{# Drops a relation that is built again under its name, inside a transaction whatever the settings say: a failed build
   must bring it back. Returns what drop_foreign_key_dependents does. #}
{% macro drop_relation_for_rebuild(relation) %}
  {% do adapter.ensure_transaction() %}
  {% set dropped = drop_foreign_key_dependents(relation) if relation.is_table and may_be_foreign_key_target(relation) else [] %}
  {% do adapter.drop_relation(relation) %}
  {{ return(dropped) }}
{% endmacro %}

{# Puts the rows back under the tables' names, without the constraints, until their models run. #}
{% macro restore_foreign_key_dependents(dropped) %}
  {% for item in dropped | reverse %}
    {% do log('Restoring data for ' ~ item['relation'] ~ '; its constraints are rebuilt later in this run', info=True) %}
    {% do adapter.rename_relation(item['backup'], item['relation']) %}
  {% endfor %}
{% endmacro %}

{# Drops the tables whose foreign keys reach `relation`, farthest first; [{relation, backup}]. Raises before it drops
   anything when one of them would not be rebuilt by this run. #}
{% macro drop_foreign_key_dependents(relation) %}
  {% set tables = _foreign_key_dependents(relation) %}
  {% if not tables %}{{ return([]) }}{% endif %}
  {% set problems = _foreign_key_rebuild_problems(relation, tables) %}
  {% if problems %}
    {% do exceptions.raise_compiler_error(
        'Cannot replace ' ~ relation ~ ': DuckDB does not let a table go that a foreign key references, and only '
        ~ 'referencing tables that this run rebuilds can be dropped for it. Problem tables: ' ~ (problems | join('; '))) %}
  {% endif %}

  {% set dropped = [] %}
  {% for name in tables %}
    {% set table = api.Relation.create(database=relation.database, schema=relation.schema, identifier=name, type='table') %}
    {% set backup = table.incorporate(path={'identifier': name ~ '__dbt_fk_backup'}, type='table') %}
    {% do adapter.drop_relation(backup) %}
    {% call statement('backup_foreign_key_dependent_' ~ loop.index) -%}
      create table {{ backup }} as select * from {{ table }}
    {%- endcall %}
    {% do log('Dropping ' ~ table ~ ' because it references ' ~ relation ~ ' through a foreign key; it is rebuilt later in this run', info=True) %}
    {% do adapter.drop_relation(table) %}
    {% do dropped.append({'relation': table, 'backup': backup}) %}
  {% endfor %}
  {{ return(dropped) }}
{% endmacro %}

{# {table: [lower-case names of the tables its foreign keys point at]}, farthest from `relation` first. Foreign keys
   stay within a schema. #}
{% macro _foreign_key_dependents(relation) %}
  {% call statement('get_foreign_key_dependents', fetch_result=True) -%}
    with recursive foreign_keys as (
      select table_name, referenced_table
      from duckdb_constraints()
      where constraint_type = 'FOREIGN KEY'
        and lower(database_name) = lower('{{ adapter.escape_sql_string(relation.database) }}')
        and lower(schema_name) = lower('{{ adapter.escape_sql_string(relation.schema) }}')
        and lower(table_name) <> lower(referenced_table)
    ),
    reached(table_name, distance) as (
      select table_name, 1
      from foreign_keys
      where lower(referenced_table) = lower('{{ adapter.escape_sql_string(relation.identifier) }}')
      union
      select foreign_keys.table_name, reached.distance + 1
      from reached
      join foreign_keys on lower(foreign_keys.referenced_table) = lower(reached.table_name)
    ),
    farthest as (
      select table_name, max(distance) as distance from reached group by table_name
    )
    select farthest.table_name, foreign_keys.referenced_table
    from farthest
    join foreign_keys using (table_name)
    order by farthest.distance desc, farthest.table_name, foreign_keys.referenced_table
  {%- endcall %}
  {% set tables = {} %}
  {% for row in load_result('get_foreign_key_dependents').table %}
    {% do tables.setdefault(row[0], []).append(row[1] | lower) %}
  {% endfor %}
  {{ return(tables) }}
{% endmacro %}

{# Why a table would not come back: no model builds it, the model is not in this run, it may run before this one, or it
   would keep rows that are lost. #}
{% macro _foreign_key_rebuild_problems(relation, tables) %}
  {% set nodes = {} %}
  {% set builders = {relation.identifier | lower: model.unique_id} %}
  {% for node in graph.nodes.values()
        if node.resource_type == 'model'
        and (node.database or '') | lower == (relation.database or '') | lower
        and node.schema | lower == relation.schema | lower %}
    {% do nodes.update({(node.alias or node.name) | lower: node}) %}
  {% endfor %}
  {% for name in tables if name | lower in nodes %}
    {% do builders.update({name | lower: nodes[name | lower].unique_id}) %}
  {% endfor %}

  {% set problems = [] %}
  {% for name, referenced in tables.items() %}
    {% set node = nodes.get(name | lower) %}
    {% if node is none %}
      {% do problems.append(name ~ ' (not built by a dbt model in this project)') %}
    {% else %}
      {% set parents = namespace(found=false) %}
      {% for other in referenced if other in builders and builders[other] in node.depends_on.nodes %}{% set parents.found = true %}{% endfor %}
      {% set refreshed = flags.FULL_REFRESH if node.config.full_refresh is none else node.config.full_refresh %}
      {% if node.unique_id not in selected_resources %}
        {% do problems.append(name ~ ' (model ' ~ node.name ~ ' is not selected in this run)') %}
      {% elif not parents.found %}
        {% do problems.append(name ~ ' (model ' ~ node.name ~ ' does not ref() the table its foreign key points at, so it may not be rebuilt afterwards; use `to: ref(...)` in the constraint)') %}
      {% elif node.config.materialized != 'table' and not (node.config.materialized == 'incremental' and refreshed) %}
        {% do problems.append(name ~ ' (model ' ~ node.name ~ ' is materialized as ' ~ node.config.materialized ~ ' and would lose its data; run with --full-refresh)') %}
      {% endif %}
    {% endif %}
  {% endfor %}
  {{ return(problems) }}
{% endmacro %}
