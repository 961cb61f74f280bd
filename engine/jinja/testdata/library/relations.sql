{% macro rename_into(from_rel, to_rel) %}
  {{ return(adapter.dispatch('rename_into', 'lib')(from_rel, to_rel)) }}
{% endmacro %}

{% macro default__rename_into(from_rel, to_rel) -%}
  {%- set target = api.Relation.create(database=to_rel.database, schema=to_rel.schema, identifier=to_rel.identifier) -%}
  {% call statement('rename_into', auto_begin=False) %}
    alter table {{ from_rel }} rename to {{ target.include(database=False, schema=False) }}
  {% endcall %}
  {{ return(target) }}
{%- endmacro %}

{% macro list_columns(rel: Relation, quoted: bool = true, exclude: List[str] = none) %}
  {%- set out = [] -%}
  {%- for col in adapter.get_columns_in_relation(rel) -%}
    {%- if exclude is none or col.name | lower not in exclude | map('lower') | list -%}
      {%- do out.append(col.quoted if quoted else col.name) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(out) }}
{% endmacro %}

{% macro surrogate_key(fields) -%}
  {%- if not fields -%}
    {{ exceptions.raise_compiler_error("surrogate_key needs at least one field") }}
  {%- endif -%}
  {%- set parts = [] -%}
  {%- for f in fields -%}
    {%- do parts.append("coalesce(cast(" ~ f ~ " as " ~ type_string() ~ "), '')") -%}
    {%- if not loop.last %}{%- do parts.append("'-'") -%}{%- endif -%}
  {%- endfor -%}
  {{ hash(concat(parts)) }}
{%- endmacro %}
