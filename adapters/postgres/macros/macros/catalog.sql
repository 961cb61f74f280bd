{# Rows of the catalog: one per column, in order. #}

{% macro postgres__get_catalog(information_schema, schemas) %}
  {% set wanted = [] %}
  {% for schema in schemas %}{% do wanted.append({'schema': schema}) %}{% endfor %}
  {{ return(postgres__get_catalog_relations(information_schema, wanted)) }}
{% endmacro %}

{# relations without an identifier stand for whole schemas #}
{% macro postgres__get_catalog_relations(information_schema, relations) %}
  {% set conditions = [] %}
  {% for relation in relations %}
    {% set in_schema = 'upper(ns.nspname) = upper(' ~ dbt._as_literal(relation.schema) ~ ')' %}
    {% do conditions.append(
        '(' ~ in_schema ~ ' and upper(rel.relname) = upper(' ~ dbt._as_literal(relation.identifier) ~ '))' if relation.identifier else in_schema) %}
  {% endfor %}
  {% do adapter.verify_database(information_schema.database) %}
  {% call statement('catalog', fetch_result=True) -%}
    select
      {{ dbt._as_literal(information_schema.database) }} as table_database,
      ns.nspname as table_schema,
      rel.relname as table_name,
      case rel.relkind
        when 'v' then 'VIEW'
        when 'm' then 'MATERIALIZED VIEW'
        else 'BASE TABLE'
      end as table_type,
      rel_comment.description as table_comment,
      col.attname as column_name,
      col.attnum as column_index,
      pg_catalog.format_type(col.atttypid, col.atttypmod) as column_type,
      col_comment.description as column_comment,
      pg_get_userbyid(rel.relowner) as table_owner
    from pg_catalog.pg_class as rel
    join pg_catalog.pg_namespace as ns on ns.oid = rel.relnamespace
    join pg_catalog.pg_attribute as col on col.attrelid = rel.oid
    left join pg_catalog.pg_description as rel_comment
      on rel_comment.classoid = 'pg_class'::regclass and rel_comment.objoid = rel.oid and rel_comment.objsubid = 0
    left join pg_catalog.pg_description as col_comment
      on col_comment.classoid = 'pg_class'::regclass and col_comment.objoid = rel.oid and col_comment.objsubid = col.attnum
    where ({{ conditions | join(' or ') }})
      and not pg_is_other_temp_schema(ns.oid)
      and rel.relpersistence in ('p', 'u') -- not temporary
      and rel.relkind in ('r', 'p', 'f', 'v', 'm') -- tables, partitioned, foreign, views, materialized
      and col.attnum > 0 -- not a system column
      and not col.attisdropped
    order by ns.nspname, rel.relname, col.attnum
  {%- endcall %}
  {{ return(load_result('catalog').table) }}
{% endmacro %}
