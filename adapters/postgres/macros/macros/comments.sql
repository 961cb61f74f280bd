{# Comments. #}

{# In dollar quotes of a label that nobody writes, so that anything else may stand in a description. #}
{% macro postgres_escape_comment(comment) %}
  {% set quote = '$dbt_comment_literal_block$' %}
  {% if comment is not string %}
    {% do exceptions.raise_compiler_error('cannot escape a non-string: ' ~ comment) %}
  {% elif quote in comment %}
    {% do exceptions.raise_compiler_error('The string ' ~ quote ~ ' is not allowed in comments.') %}
  {% endif %}
  {{ return(quote ~ comment ~ quote) }}
{% endmacro %}

{% macro postgres__alter_relation_comment(relation, comment) %}
  {% set type = 'materialized view' if relation.type == 'materialized_view' else relation.type %}
  {{ return('comment on ' ~ type ~ ' ' ~ relation ~ ' is ' ~ postgres_escape_comment(comment) ~ ';') }}
{% endmacro %}

{% macro postgres__alter_column_comment(relation, column_dict) %}
  {% set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
  {% for name, column in column_dict.items() if name in present %}
  comment on column {{ relation }}.{{ adapter.quote(name) if column['quote'] else name }} is {{ postgres_escape_comment(column['description']) }};
  {% endfor %}
{% endmacro %}
