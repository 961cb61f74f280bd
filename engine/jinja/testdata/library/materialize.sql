{% materialization copy_table, adapter='default', supported_languages=['sql'] %}
  {%- set target = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% if existing is none or flags.FULL_REFRESH: %}
    {% call statement('main') -%}
      create table {{ target }} as ({{ sql }})
    {%- endcall %}
  {% elif existing.is_view %}
    {% do adapter.drop_relation(existing) %}
    {% call statement('main') %}create table {{ target }} as ({{ sql }}){% endcall %}
  {% else %}
    {% set tmp = make_temp_relation(target) %}
    {% set cols = list_columns(target) %}
    {% call statement('main') %}
      insert into {{ target }} ({{ cols | join(', ') }})
      select {{ cols | join(', ') }} from {{ tmp }}
      {%- for p in config.get('predicates', []) %}
        {{ 'where' if loop.first else 'and' }} {{ p }}
      {%- endfor %}
    {% endcall %}
  {% endif %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% test in_range(model, column_name, low=none, high=none) %}
select * from {{ model }}
where {{ column_name }} is not null
  {% if low is not none %}and {{ column_name }} < {{ low }}{% endif %}
  {% if high is not none %}or {{ column_name }} > {{ high }}{% endif %}
{% endtest %}

{% docs prices %}
Prices are in **birr**.
{% enddocs %}

{% snapshot price_history %}
{{ config(strategy='check', unique_key='id', check_cols='all') }}
select * from {{ ref('prices') }}
{% endsnapshot %}
