{% macro get_incremental_replace_all_sql(arg_dict) %}
  {% set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) %}
  delete from {{ arg_dict['target_relation'] }};
  insert into {{ arg_dict['target_relation'] }} ({{ columns }}) (select {{ columns }} from {{ arg_dict['temp_relation'] }})
{% endmacro %}

{% macro note(what) %}insert into {{ target.schema }}.log_of_hooks values ('{{ what }}'){% endmacro %}
