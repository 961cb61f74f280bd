{# Incremental strategies. #}

{# without a unique key there is nothing to delete #}
{% macro duckdb__get_incremental_default_sql(arg_dict) %}{{ return(get_incremental_delete_insert_sql(arg_dict)) }}{% endmacro %}

{% macro duckdb__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) %}
  {% set columns = get_quoted_csv(dest_columns | map(attribute='name')) %}
  {% set predicates = incremental_predicates or [] %}
  {% if unique_key and unique_key is sequence and unique_key is not string %}
    {% set conditions = [] %}
    {% for key in unique_key %}{% do conditions.append(source ~ '.' ~ key ~ ' = DBT_INCREMENTAL_TARGET.' ~ key) %}{% endfor %}
    delete from {{ target }} as DBT_INCREMENTAL_TARGET
    using {{ source }}
    where (
      {{ (conditions + predicates) | join('\n      and ') }}
    );
  {% elif unique_key %}
    delete from {{ target }}
    where ({{ unique_key }}) in (
      select ({{ unique_key }})
      from {{ source }}
    )
    {%- for predicate in predicates %}
    and {{ predicate }}
    {%- endfor %};
  {% endif %}
  insert into {{ target }} ({{ columns }})
  (
    select {{ columns }}
    from {{ source }}
  )
{% endmacro %}

{# The rows of the batch's time window are replaced. Times are UTC. #}
{% macro duckdb__get_incremental_microbatch_sql(arg_dict) %}
  {% set event_time = config.get('event_time') %}
  {% if not event_time %}
    {% do exceptions.raise_compiler_error("microbatch incremental strategy requires an 'event_time' model config", config='incremental_strategy') %}
  {% elif config.get('unique_key') %}
    {% do exceptions.raise_compiler_error("microbatch incremental strategy does not support 'unique_key': a batch replaces the rows of its "
        ~ "time window by 'event_time' and compares no keys. Remove 'unique_key' or use incremental_strategy='merge'.", config='unique_key') %}
  {% endif %}
  {% set batch = model.get('batch') or {} %}
  {% set first, last = batch.get('event_time_start'), batch.get('event_time_end') %}
  {% if not (first and last) %}
    {% do exceptions.raise_compiler_error("microbatch incremental strategy requires 'batch.event_time_start' and 'batch.event_time_end' to be set in the context") %}
  {% endif %}

  {% set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) %}
  {% set window = event_time ~ " >= '" ~ first ~ "' and " ~ event_time ~ " < '" ~ last ~ "'" %}
  delete from {{ arg_dict['target_relation'] }}
  where {{ window }}
  {%- for predicate in normalize_incremental_predicates(arg_dict.get('incremental_predicates')) %}
    and ({{ predicate }})
  {%- endfor %};

  insert into {{ arg_dict['target_relation'] }} ({{ columns }})
  select {{ columns }}
  from {{ arg_dict['temp_relation'] }}
  where {{ window }};
{% endmacro %}

{% macro normalize_incremental_predicates(incremental_predicates) %}
  {{ return(normalize_string_or_list(incremental_predicates, 'incremental_predicates')) }}
{% endmacro %}
